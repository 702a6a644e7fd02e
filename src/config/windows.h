#pragma once

#include <vector>

#include "calendar/rules.h"
#include "config/files.h"
#include "config/section.h"

namespace slipway::config {

// `where`: the environment, "environments.staging".
std::vector<calendar::Window> read_windows(const Field& field, const std::string& where, Problems& problems);

std::vector<calendar::Blackout> read_blackouts(const Field& field, const std::string& where, Files& files,
                                               Problems& problems);

}  // namespace slipway::config
