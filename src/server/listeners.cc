#include "server/listeners.h"

namespace slipway::server {

std::vector<std::pair<core::Target, core::ListenersChanged>> changed_listeners(
    const std::map<core::Target, core::TargetState>& targets,
    const std::map<core::Target, std::set<std::string>>& missing) {
  std::vector<std::pair<core::Target, core::ListenersChanged>> news;
  for (const auto& [target, state] : targets) {
    core::ListenersChanged now;
    if (const auto its = missing.find(target); its != missing.end())
      now.missing.assign(its->second.begin(), its->second.end());
    if (now.missing != state.missing_listeners) news.emplace_back(target, std::move(now));
  }
  return news;
}

}  // namespace slipway::server
