#pragma once

#include <string>
#include <vector>

#include "core/effect.h"
#include "drivers/notify/post.h"

namespace slipway::drivers {

// What a receiver's answer means. 2xx: done. 408, 429 and 5xx: unavailable, with retry_after where it says
// when to come back (seconds, or a date of RFC 9110; `now` counts; an hour at most). All else: failed, with
// the first line of what it said, out of which the secrets are taken.
core::Outcome outcome_of(const PostAnswer& answer, const std::vector<std::string>& secrets, Time now);

// The words of a URL that could be secret, longest first: all that it has of 8 characters and more, and it
// itself.
std::vector<std::string> secrets_of(const std::string& url);

}  // namespace slipway::drivers
