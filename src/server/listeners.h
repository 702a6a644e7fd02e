#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/step.h"

namespace slipway::server {

// What targets are to be told of addresses at which nobody can be served now: those that know it otherwise.
std::vector<std::pair<core::Target, core::ListenersChanged>> changed_listeners(
    const std::map<core::Target, core::TargetState>& targets,
    const std::map<core::Target, std::set<std::string>>& missing);

}  // namespace slipway::server
