#include "core/turn.h"

// What was promoted and baked in one environment is put before the people of the next.
namespace slipway::core {

void offer_on(Turn& turn, const Release& release, const Bound& bound) {
  const Target& here = turn.state().target;
  for (const std::string& environment : bound.gates.then)
    turn.emit(OfferRelease{{here.service, environment}, release, here.environment});
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
