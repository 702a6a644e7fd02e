#include <algorithm>
#include <utility>

#include "sim/checks.h"
#include "sim/people.h"

namespace slipway::sim {
namespace {

constexpr Duration answer_time{1000};  // of a proxy that answers

// Whom users of what is under way belong to, once it is taken back.
const std::optional<core::Fleet>& home_of(const core::TargetState& state) {
  return state.deployment->record.promoted && !state.canary ? state.previous : state.stable;
}

}  // namespace

void Checks::renews(const core::Target& target) {
  const core::TargetState* state = journal(world_.scene.index(target));
  const auto* routing = state != nullptr && state->traffic.wanted ? &*state->traffic.wanted : nullptr;
  const bool promotes = routing != nullptr && state->canary && routing->stable == state->canary->pool;
  const bool wanted = promotes || (routing != nullptr && routing->canary && routing->weight > 0);
  if (!wanted || !journal_works_)
    broke("lease", fmt::format("the lease of {} is renewed, though {}", target.text(),
                               wanted ? "nothing can be journalled" : "no user is to be on a canary"));
}

void Checks::check_users(Seen& seen, int place, const core::TargetState* state) {
  const Proxy& proxy = world_.proxy(place);
  if (proxy.behind() || proxy.was_taken_back()) return;
  const bool canary_has_users = proxy.canary_has_users();
  if (seen.proxy_changes == proxy.changes() && seen.canary_had_users == canary_has_users) return;
  seen.proxy_changes = proxy.changes();
  seen.canary_had_users = canary_has_users;
  if (seen.stale) return;
  check_sticky(seen, place, state);
  for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
    if (proxy.share(pool) == 0) continue;
    for (const core::Server& server : proxy.held()->pool(pool).servers)
      if (!world_.engine.was_healthy(place, server.instance))
        broke("tested", fmt::format("users of {} meet {}, which was never healthy",
                                    world_.scene.place(place).target.text(), server.instance.text()));
    const int owner = proxy.owner(pool);
    if (state == nullptr || !state->deployment || state->deployment->record.number != owner ||
        state->deployment->record.kind == core::Request::Kind::rollback)
      continue;
    if ((world_.scene.place(place).smoke & 1) != 0 && !seen.tested.contains(owner))
      broke("tested", fmt::format("users of {} meet deployment {}, whose smoke tests haven't passed",
                                  world_.scene.place(place).target.text(), owner));
  }
}

void Checks::check_sticky(Seen& seen, int place, const core::TargetState* state) {
  const Proxy& proxy = world_.proxy(place);
  const bool forward = state != nullptr && state->deployment && !state->deployment->undoing;
  const int number = forward ? state->deployment->record.number : 0;
  if (std::exchange(seen.meets, number) != number) seen.met = 0;
  const bool lapsed =
      proxy.held() && proxy.held()->canary && proxy.held()->weight > 0 && !proxy.canary_has_users();
  if (!forward || !proxy.up() || !proxy.held() || lapsed) return;
  const std::uint64_t meeting = proxy.meeting(number);
  if ((seen.met & ~meeting) != 0)
    broke("sticky", fmt::format("users of {} met deployment {}, and are sent elsewhere as it goes on",
                                state->target.text(), number));
  if (seen.met != 0 && meeting != seen.met && ~meeting != 0)
    world_.scene.marks.reach("more users joined those on the canary");
  seen.met |= meeting;
  if (meeting == 0 || !proxy.held()->canary) return;
  const auto [salt, fresh] = seen.salts.try_emplace(proxy.held()->salt, number);
  if (salt->second != number)
    broke("sticky", fmt::format("users of {} are chosen for deployment {} as they were for deployment {}",
                                state->target.text(), number, salt->second));
}

// Its worker doesn't do at once what it is told.
bool Checks::proxy_errs(int place) const {
  using Kind = Entry::Kind;
  const Scene& scene = world_.scene;
  return scene.now() < world_.proxy_back || world_.proxy(place).behind() ||
         scene.window(Kind::proxy_unavailable, place) || scene.window(Kind::proxy_lost, place) ||
         scene.window(Kind::proxy_slow, place) || scene.window(Kind::proxy_half, place) ||
         scene.window(Kind::proxy_late, place);
}

// Whoever met the deployment when it was decided against has left it a moment later, whatever waits for a
// reload.
void Checks::check_way_back(Seen& seen, int place, const core::TargetState* state) {
  Scene& scene = world_.scene;
  const bool back = state != nullptr && state->deployment && state->deployment->undoing &&
                    state->deployment->stage().kind == core::Stage::Kind::return_users;
  if (!back) {
    seen.way_back.reset();
    return;
  }
  const int deployment = state->deployment->record.number;
  if (!seen.way_back || seen.way_back->deployment != deployment)
    seen.way_back =
        WayBack{.deployment = deployment, .since = scene.now(), .waited = world_.reloads.waits(place)};
  WayBack& way = *seen.way_back;
  const std::optional<core::Fleet>& home = home_of(*state);
  const bool held = home && home->healthy() < home->bound.run.instances;
  // A promotion to another address that it overtakes may just have been taken: only a reload undoes that.
  const auto& kept = world_.proxy(place).kept();
  const bool elsewhere = kept && state->traffic.wanted && kept->listen != state->traffic.wanted->listen;
  way.excused =
      way.excused || held || elsewhere || seen.stale || !world_.alive || !journal_works_ || proxy_errs(place);
  const bool deaf = scene.window(Entry::Kind::proxy_deaf);
  if (world_.proxy(place).meeting(deployment) != 0) {
    way.met = true;
    const Duration since = scene.now() - way.since;
    if (since > answer_time && !way.excused && (deaf || world_.reloads.under_way()))
      broke("unhindered", fmt::format("users of {} meet deployment {} {} after they were to be brought back",
                                      state->target.text(), deployment, format_duration(since)));
  } else if (std::exchange(way.met, false)) {
    if (deaf) scene.marks.reach("users were taken back while the master was deaf");
    if (way.waited) scene.marks.reach("users were taken back while their target waited for a reload");
  }
}

void Checks::check_home(Seen& seen, int place, const core::TargetState* state) {
  const Scene& scene = world_.scene;
  const auto* wanted = state != nullptr && state->traffic.wanted ? &*state->traffic.wanted : nullptr;
  const bool promoting = wanted != nullptr && state->canary && wanted->stable == state->canary->pool;
  const bool wanted_home = wanted != nullptr && wanted->weight == 0 && !promoting;
  if (!wanted_home) {
    seen.home.reset();
    return;
  }
  const bool excused = !world_.alive || !journal_works_ || proxy_errs(place);
  if (!seen.home) {
    seen.home = scene.now();
    seen.excused = false;
  }
  seen.excused = seen.excused || excused;
  if (!world_.proxy(place).canary_has_users()) return;
  Duration back{};  // a clock that was put back lengthens leases
  for (const Entry& entry : scene.plan().entries)
    if (entry.kind == Entry::Kind::clock_jumps && entry.number < 0) back -= Duration(entry.number);
  const Duration since = scene.now() - *seen.home;
  if (since > scene.place(place).lease + back + answer_time)
    broke("home", fmt::format("users of {} are on the canary {} after they were to be brought back",
                              state->target.text(), format_duration(since)));
  if (since > answer_time && !seen.excused)
    broke("prompt", fmt::format("users of {} are on the canary {} after they were to be brought back",
                                state->target.text(), format_duration(since)));
}

void Checks::at_rest() {
  for (int place = 0; place < world_.scene.places(); ++place)
    if (const core::TargetState* state = journal(place))
      check_rest(targets_[static_cast<std::size_t>(place)], place, *state);
}

void Checks::check_rest(const Seen& seen, int place, const core::TargetState& state) {
  const std::string target = state.target.text();
  if (state.deployment && waits_for_a_person(state)) return;
  if (!state.outbox.empty())
    broke("told", fmt::format("{} letters of {} never arrive", state.outbox.size(), target));
  if (state.deployment)
    return broke(
        "ends", fmt::format("deployment {} of {} is still at \"{}\"", state.deployment->record.number, target,
                            core::name(state.deployment->stage().kind)));
  if (!seen.begun.empty())
    return broke("ends", fmt::format("deployment {} of {} has no end", *seen.begun.begin(), target));
  std::size_t running = 0;
  for (const auto& [key, process] : world_.engine.processes()) {
    if (key.first != place) continue;
    ++running;
    const bool named =
        state.stable && std::ranges::any_of(state.stable->instances,
                                            [&](const core::Instance& i) { return i.name == key.second; });
    if (!named)
      broke("left-behind",
            fmt::format("instance {} of {} runs, and nobody knows it", key.second.text(), target));
  }
  if (!state.traffic.settled())
    return broke("ends", fmt::format("the proxy isn't told what it is to be told of {}", target));
  if (!state.stable) return;
  if (running != state.stable->instances.size())
    broke("ends",
          fmt::format("{} instances of {} run, not {}", running, target, state.stable->instances.size()));
  const Proxy& proxy = world_.proxy(place);
  if (proxy.share(state.stable->pool) != 100 || proxy.owner(state.stable->pool) != state.stable->deployment ||
      !proxy.works(state.stable->pool))
    broke("left-behind",
          fmt::format("users of {} aren't served by {}", target, state.stable->release.version));
}

}  // namespace slipway::sim
