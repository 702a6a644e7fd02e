#include <algorithm>

#include "core/turn.h"

namespace slipway::core {
namespace {

bool share_a_pool(const std::optional<Fleet>& one, const std::optional<Fleet>& other) {
  return one && other && one->pool == other->pool;
}

}  // namespace

std::optional<std::string> broken_invariant(const TargetState& state) {
  if (state.canary && state.previous) return "a canary and a previous release never stand side by side";
  if (share_a_pool(state.stable, state.canary) || share_a_pool(state.stable, state.previous))
    return "two releases never share a pool of the proxy";
  if ((state.canary || state.previous) && !state.deployment)
    return "a canary or a previous release belongs to a deployment";
  if (state.deployment && state.deployment->cursor >= state.deployment->stages.size())
    return "a deployment under way has a stage";
  if (gating(state) && (state.canary || state.previous)) return "what waits at a gate has touched nothing";
  if (state.deployment && !gating(state) && !promoted(*state.deployment) && !state.canary)
    return "what has passed its gates has a fleet";
  if (state.deployment && state.deployment->paused && state.deployment->undoing)
    return "what is being taken back isn't paused";
  if (state.queued && !state.deployment) return "a queued deployment waits for one under way";
  if (state.traffic.open.has_value() != state.traffic.sent.has_value())
    return "what the proxy is being told is known";
  for (const auto* routing : {&state.traffic.wanted, &state.traffic.applied}) {
    if (!*routing) continue;
    if ((*routing)->weight < 0 || (*routing)->weight > 100) return "a weight is from 0 to 100 per cent";
    if ((*routing)->weight > 0 && !(*routing)->canary) return "a weight belongs to a canary";
    if ((*routing)->canary && (*routing)->canary == (*routing)->stable)
      return "canary and stable are two pools";
  }
  if (state.traffic.wanted && state.traffic.wanted->canary && !state.canary)
    return "users are sent to a canary only while there is one";
  return std::nullopt;
}

}  // namespace slipway::core
