#include <algorithm>

#include "calendar/moment.h"
#include "core/turn.h"

// What `after` asks for: that an artifact has succeeded in other environments, until it begins here.
namespace slipway::core {
namespace {

// Ends the sentence, with what to do.
std::string why_not_proven(const TargetState& state, const Request& request, const std::string& environment) {
  const std::string& version = request.release.version;
  const std::string there = fmt::format("slipway deploy {} --version {}", environment, version);
  const auto known = std::ranges::find(request.unproven, environment, &Unproven::environment);
  if (known == request.unproven.end())
    return fmt::format("has not: promoted, and its bake over. Deploy it there first: {}", there);
  switch (known->why) {
    case Unproven::Why::bakes:
      return fmt::format("{}. Once it has baked: slipway deploy {} --from {}", describe(*known),
                         state.target.environment, environment);
    case Unproven::Why::cut_short:
    case Unproven::Why::taken_back:
      return fmt::format("{}. To try it there again: {}", describe(*known), there);
  }
  return {};
}

// Of a request that waits: why it can't begin any more.
std::optional<std::string> undone_by(const TargetState& state, Request request, const ProofWithdrawn& event) {
  if (request.kind == Request::Kind::rollback || request.release.digest != event.digest) return std::nullopt;
  std::erase_if(request.proofs, [&](const Proof& proof) {
    return proof.environment == event.unproven.environment && proof.digest == event.digest;
  });
  request.unproven.push_back(event.unproven);
  return not_proven(state, request);
}

}  // namespace

std::string describe(const Unproven& unproven) {
  switch (unproven.why) {
    case Unproven::Why::bakes:
      return fmt::format("still bakes there{} (deployment {})",
                         unproven.until ? " until " + calendar::format_moment(*unproven.until) : "",
                         unproven.deployment);
    case Unproven::Why::cut_short:
      return fmt::format("did not bake to its end there (deployment {}: {})", unproven.deployment,
                         unproven.cause);
    case Unproven::Why::taken_back:
      return fmt::format("did not stay there (deployment {}{})", unproven.deployment,
                         unproven.cause.empty() ? "" : ": " + unproven.cause);
  }
  return {};
}

std::optional<std::string> not_proven(const TargetState& state, const Request& request) {
  for (const std::string& environment : request.bound.gates.after) {
    const bool proven = std::ranges::any_of(request.proofs, [&](const Proof& proof) {
      return proof.environment == environment && proof.digest == request.release.digest;
    });
    if (!proven)
      return fmt::format("{} takes only what has succeeded in {}, and {} (digest {:.12}…) {}",
                         state.target.environment, environment, request.release.version,
                         request.release.digest, why_not_proven(state, request, environment));
  }
  return std::nullopt;
}

void take(Turn& turn, const ProofWithdrawn& event) {
  TargetState& state = turn.state();
  const auto& offer = state.offer;
  if (offer && offer->release.digest == event.digest && offer->from == event.unproven.environment) {
    turn.note("{} isn't offered any more by {}: it {}", offer->release.version, offer->from,
              describe(event.unproven));
    state.offer.reset();
  }
  if (state.queued)
    if (auto why = undone_by(state, state.queued->request, event)) {
      turn.note("{} doesn't begin: {}", state.queued->request.release.version, *why);
      drop_queued(turn, OutcomeKind::aborted, std::move(*why));
    }
  if (!gating(state) || state.deployment->undoing) return;
  if (auto why = undone_by(state, *state.deployment->gating.request, event))
    undo(turn, OutcomeKind::aborted, std::move(*why));
}

}  // namespace slipway::core
