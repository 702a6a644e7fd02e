#pragma once

#include <string>

#include "base/json.h"
#include "core/effect.h"

namespace slipway::drivers {

// What webhooks and commands are told: the facts of a notice, its id, and the words of the channel's
// template. docs/notifications.md says what each key means.
Json facts(const core::Notify& letter);

// As text. What isn't UTF-8 becomes U+FFFD.
std::string json_text(const Json& json);

// "sha256=" and the HMAC-SHA256 (RFC 2104) of "TIMESTAMP.BODY" in 64 lowercase hexadecimal digits.
std::string signature(const std::string& key, const std::string& timestamp, const std::string& body);

}  // namespace slipway::drivers
