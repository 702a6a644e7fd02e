#pragma once

#include <string_view>

#include "config/problems.h"

namespace slipway::config {

// Reports a text that is too large, isn't UTF-8 or holds characters that no text file should. The YAML parser
// takes some of these for the end of the file, so nothing of such a text is read.
void check_encoding(std::string_view text, Problems& problems);

}  // namespace slipway::config
