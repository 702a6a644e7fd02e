#include <algorithm>

#include "core/turn.h"

// What was promoted and baked in one environment is put before the people of the next.
namespace slipway::core {

void offer_on(Turn& turn, const Release& release, const Bound& bound) {
  const Target& here = turn.state().target;
  auto& handovers = turn.state().handovers;
  for (const std::string& environment : bound.gates.then) {
    const Target to{here.service, environment};
    // The newest wins, also over one that nobody has heard of yet.
    std::erase_if(handovers, [&](const Handover& other) { return other.offer.to == to; });
    handovers.push_back({.offer = {to, release, here.environment}});
  }
}

void settle_handovers(Turn& turn) {
  for (Handover& handover : turn.state().handovers) {
    if (handover.open || (handover.retry_at && turn.now < *handover.retry_at)) continue;
    handover.retry_at.reset();
    handover.open = turn.emit(handover.offer);
  }
}

bool handover_ended(Turn& turn, const EffectId& id, const Outcome& outcome) {
  auto& handovers = turn.state().handovers;
  const auto handover = std::ranges::find(handovers, std::optional(id), &Handover::open);
  if (handover == handovers.end()) return false;
  if (outcome.status == Outcome::Status::done) {
    handovers.erase(handover);
    return true;
  }
  handover->open.reset();
  handover->failures += 1;
  handover->retry_at = turn.now + backoff(handover->failures);
  return true;
}

std::optional<Time> handover_wakeup(const TargetState& state) {
  std::optional<Time> next;
  for (const Handover& handover : state.handovers)
    if (!handover.open && handover.retry_at && (!next || *handover.retry_at < *next))
      next = handover.retry_at;
  return next;
}

void take(Turn& turn, const ReleaseOffered& event) {
  TargetState& state = turn.state();
  if (state.stable && state.stable->release.digest == event.release.digest) return;
  if (state.deployment && !state.deployment->undoing &&
      state.deployment->record.release.digest == event.release.digest)
    return;
  if (state.offer && state.offer->release == event.release) return;
  state.offer = Offer{event.release, event.from, turn.now};
  turn.note("{} is promoted in {} and waits for somebody here: slipway deploy {} --from {}",
            event.release.version, event.from, state.target.environment, event.from);
}

}  // namespace slipway::core
