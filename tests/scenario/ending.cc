#include "scenario/ending.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "core/json.h"

namespace slipway::scenario {

Json ending(const Disk& disk, const Hands& hands) {
  std::vector<std::pair<std::string, core::EffectId>> open;
  for (const auto& [id, effect] : disk.open()) {
    Json json = effect;
    json.erase("id");
    json["do"].erase("id");  // of a letter
    open.emplace_back(json.dump(), id);
  }
  std::ranges::sort(open);
  std::map<core::EffectId, int> ranks;
  Json result = {{"open", Json::array()}, {"waiting", Json::array()}, {"instances", Json::object()}};
  for (const auto& [text, id] : open) {
    ranks.emplace(id, static_cast<int>(ranks.size()));
    result["open"].push_back(Json::parse(text));
    // Whoever is to do it has been asked by the daemon that lives.
    result["waiting"].push_back(hands.waiting().contains(id));
  }
  for (const auto& [instance, port] : hands.instances()) result["instances"][instance.text()] = port;
  result["routing"] = hands.routing();
  for (const auto& [number, record] : disk.records()) result["records"][std::to_string(number)] = record;
  if (!disk.state()) return result;

  core::TargetState state = *disk.state();
  state.events = 0;
  const auto rename = [&](std::optional<core::EffectId>& id) {
    if (!id) return;
    const auto rank = ranks.find(*id);
    *id = {state.target, rank == ranks.end() ? -1 : rank->second, 0};
  };
  rename(state.traffic.open);
  if (state.deployment) rename(state.deployment->open);
  for (auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet)
      for (core::Instance& instance : (*fleet)->instances) rename(instance.open);
  if (state.deployment)
    for (core::Checking& checking : state.deployment->gating.checks) rename(checking.open);
  for (core::Letter& letter : state.outbox) {
    rename(letter.open);
    letter.id = letter.id.empty() ? "" : "told";
  }
  for (core::Commanded& command : state.commanded) {
    std::optional<core::EffectId> id = command.open;
    rename(id);
    command.open = *id;
  }
  for (core::Handover& handover : state.handovers) rename(handover.open);
  result["state"] = state;
  return result;
}

}  // namespace slipway::scenario
