#include "sim/checks.h"

namespace slipway::sim {
namespace {

constexpr Duration unnoticed{1500};  // of a renewal that came just too late

}  // namespace

void Checks::check_hold(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction) {
  constexpr Duration renewing{100};  // a lease: what the core counts begins before the proxy has it
  const Duration now = world_.scene.now();
  const core::TargetState& state = transaction.state;
  const auto& deployment = state.deployment;
  const bool holding =
      deployment && !deployment->undoing && deployment->stage().kind == core::Stage::Kind::hold;
  if (seen.hold) {
    Hold& hold = *seen.hold;
    const bool was_paused_by_itself = before != nullptr && before->deployment && before->deployment->paused &&
                                      before->deployment->paused->by.empty();
    if (std::holds_alternative<core::PromoteRequested>(transaction.event) ||
        (std::holds_alternative<core::ResumeRequested>(transaction.event) && was_paused_by_itself))
      hold.steered = true;
    const bool passed = deployment && deployment->record.number == hold.deployment && !deployment->undoing &&
                        deployment->cursor > hold.cursor;
    const Duration held =
        now - hold.since - hold.paused - (hold.pause ? now - *hold.pause : Duration::zero());
    const bool nobody_there = seen.lapsed && now - *seen.lapsed > unnoticed;
    if (passed && !hold.steered && nobody_there)
      broke("hold", fmt::format("{}: a step ends {} after the lease did", transaction.target.text(),
                                format_duration(now - *seen.lapsed)));
    const Place& place = world_.scene.place(world_.scene.index(transaction.target));
    const bool accepted = hold.early && place.judged && seen.word &&
                          seen.word->deployment == hold.deployment &&
                          seen.word->verdict.kind == judge::Verdict::Kind::healthy;
    if (passed && !hold.steered && !accepted && held + renewing < hold.lasts)
      broke("hold", fmt::format("{}: users were held for {}, not for {}", transaction.target.text(),
                                format_duration(held), format_duration(hold.lasts)));
    if (passed && !hold.steered && place.judged && place.undecided != core::Undecided::advance &&
        (!seen.word || seen.word->deployment != hold.deployment ||
         seen.word->verdict.kind != judge::Verdict::Kind::healthy))
      broke("judged",
            fmt::format("{}: the step ended, though the judge's last word was: {}", transaction.target.text(),
                        seen.word ? seen.word->verdict.reason : std::string("nothing")));
  }
  if (!holding) {
    seen.hold.reset();
    return;
  }
  const int number = deployment->record.number;
  if (!seen.hold || seen.hold->deployment != number || seen.hold->cursor != deployment->cursor) {
    seen.hold = Hold{.deployment = number,
                     .cursor = deployment->cursor,
                     .lasts = deployment->stage().duration,
                     .since = now,
                     .early = deployment->stage().early};
    // Nothing was said of this step yet.
    seen.word.reset();
    seen.heard[number].in_step = 0;
  }
  Hold& hold = *seen.hold;
  if (deployment->paused && !hold.pause) hold.pause = now;
  if (!deployment->paused && hold.pause) hold.paused += now - *std::exchange(hold.pause, std::nullopt);
}

void Checks::check_bake(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  if (const auto* request = std::get_if<core::DeployRequested>(&transaction.event))
    seen.bake_cut = seen.bake_cut || request->end_bake;
  if (std::holds_alternative<core::RollbackRequested>(transaction.event)) seen.bake_cut = true;
  if (!state.deployment || !state.deployment->record.promoted) return;
  const bool was_promoted = before != nullptr && before->deployment && before->deployment->record.promoted;
  if (!was_promoted) {
    seen.promoted = world_.scene.now();
    seen.bake_cut = false;
  }
  if (!state.previous || state.deployment->undoing || seen.bake_cut) return;
  for (const core::Effect& effect : transaction.effects) {
    const auto* stop = std::get_if<core::StopInstance>(&effect.body);
    if (stop == nullptr || stop->instance.deployment != state.previous->deployment) continue;
    const Duration baked = world_.scene.now() - seen.promoted;
    const Duration bake = state.stable->bound.strategy.bake;
    if (baked < bake)
      broke("bake",
            fmt::format("{}: {} is stopped {} after the promotion, in a bake of {}", effect.id.text(),
                        state.previous->release.version, format_duration(baked), format_duration(bake)));
  }
}

// Users who are on the canary stay there while the daemon can renew its lease, whatever it waits for.
void Checks::check_kept(Seen& seen, int place, const core::TargetState* state) {
  constexpr Duration longest_renewal{5'000};  // that fails
  const Scene& scene = world_.scene;
  const Proxy& proxy = world_.proxy(place);
  const bool forward = state != nullptr && state->deployment && !state->deployment->undoing;
  const auto& held = proxy.held();
  const bool its = forward && held && held->canary && held->weight > 0 &&
                   proxy.owner(*held->canary) == state->deployment->record.number;
  const bool renewable = its && world_.alive && journal_works_ && !seen.stale && !proxy_errs(place) &&
                         !proxy.was_taken_back() && !scene.window(Entry::Kind::renewals_fail, place) &&
                         seen.wall_offset == scene.wall_offset();
  if (!renewable) {
    seen.renewable.reset();
    return;
  }
  if (!seen.renewable) seen.renewable = scene.now();
  if (!proxy.canary_has_users() && scene.now() - *seen.renewable > held->lease + longest_renewal)
    broke("kept", fmt::format("users of {} lose the canary, whose lease isn't renewed though it could be",
                              state->target.text()));
}

void Checks::check_lapse(Seen& seen, int place) {
  const Proxy& proxy = world_.proxy(place);
  const auto& held = proxy.held();
  const bool has_canary = held && held->canary && held->weight > 0 && proxy.up();
  if (!has_canary) {
    seen.lapsed.reset();
    return;
  }
  const Scene& scene = world_.scene;
  const Duration now = scene.now();
  if (!proxy.canary_has_users()) {
    if (seen.lapsed) return;
    world_.scene.marks.reach("the lease ran out with users on the canary");
    seen.lapsed = now;
    return;
  }
  if (!seen.lapsed) return;
  const Duration away = now - *std::exchange(seen.lapsed, std::nullopt);
  if (away < unnoticed || !seen.hold) return;
  seen.hold->since = now;
  seen.hold->paused = Duration::zero();
  if (seen.hold->pause) seen.hold->pause = now;
}

}  // namespace slipway::sim
