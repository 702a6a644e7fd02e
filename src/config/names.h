#pragma once

#include <string>
#include <string_view>

#include "config/section.h"

namespace slipway::config {

// Lowercase letters, digits, - and _, a letter first, 40 characters at most: it becomes part of folder and
// proxy names.
bool check_name(std::string_view kind, const Word& name, Problems& problems);

// A path of an HTTP request: begins with /, and holds nothing that would end it.
std::optional<std::string> read_path(const Field& field, Problems& problems);

// A token of HTTP, which the names of headers (RFC 9110) and cookies (RFC 6265) are.
bool is_token(std::string_view text);

// Of ASCII's letters.
std::string lowercase(std::string text);

}  // namespace slipway::config
