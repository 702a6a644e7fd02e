#include <algorithm>

#include "sim/checks.h"

namespace slipway::sim {

void Checks::asked(const core::Effect& effect, int life) {
  Seen& seen = this->seen(effect.id.target);
  const auto found = seen.open.find(effect.id);
  if (found == seen.open.end() || found->second.effect != effect)
    return broke("intent", fmt::format("{} ({}) is asked for, and the journal doesn't have it open",
                                       effect.id.text(), core::kind(effect.body)));
  Open& open = found->second;
  if (open.asked == life) return broke("once", fmt::format("{} is asked for twice", effect.id.text()));
  if (open.journalled != life && open.observed != life)
    broke("observed-first",
          fmt::format("{} is of an earlier life, and is asked for without a look", effect.id.text()));
  open.asked = life;
}

void Checks::observed(const core::Effect& effect, int life) {
  Seen& seen = this->seen(effect.id.target);
  const auto found = seen.open.find(effect.id);
  if (found != seen.open.end()) found->second.observed = life;
}

void Checks::acts(const core::Effect& effect, const core::Outcome& outcome) {
  Seen& seen = this->seen(effect.id.target);
  const int place = world_.scene.index(effect.id.target);
  const auto found = seen.open.find(effect.id);
  if (found == seen.open.end() || found->second.effect != effect)
    broke("intent", fmt::format("{} ({}) changes the world, and the journal doesn't have it open",
                                effect.id.text(), core::kind(effect.body)));
  if (const auto* stop = std::get_if<core::StopInstance>(&effect.body)) {
    const auto leaving = world_.proxy(place).leaving(stop->instance.deployment);
    const Duration now = world_.scene.now();
    if (leaving && now < leaving->ends && now - leaving->left < stop->drain)
      broke("drained",
            fmt::format("{} stops {} {} after its users left, with requests in flight", effect.id.text(),
                        stop->instance.text(), format_duration(now - leaving->left)));
    const auto& held = world_.proxy(place).held();
    for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
      if (!held) break;
      // One of that name may be left from a deployment that was lost with the journal's tail.
      const Engine::Process* process = world_.engine.find(place, stop->instance);
      const bool known = std::ranges::any_of(held->pool(pool).servers, [&](const core::Server& server) {
        return server.instance == stop->instance && process != nullptr && server.port == process->port;
      });
      if (known)
        broke("serving", fmt::format("{} stops {}, which the proxy still knows", effect.id.text(),
                                     stop->instance.text()));
    }
  }
  if (const auto* letter = std::get_if<core::Notify>(&effect.body)) letter_arrives(seen, *letter);
  if (std::holds_alternative<core::RunCheck>(effect.body) && outcome.evidence)
    seen.gates.looked[effect.id] = outcome.evidence->passed;
  if (std::holds_alternative<core::RunSmokeTests>(effect.body) &&
      outcome.status == core::Outcome::Status::done) {
    const core::TargetState* state = journal(place);
    if (state != nullptr && state->deployment && state->deployment->open == effect.id)
      seen.tested.insert(state->deployment->record.number);
  }
}

}  // namespace slipway::sim
