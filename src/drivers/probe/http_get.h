#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "core/service.h"

namespace slipway::drivers {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lowercase
  std::string body;                            // 1 MiB at most
};

// Redirects aren't followed; proxies in the environment don't count. With the reason: invalid_input if the
// answer took longer than `timeout`, unavailable if none came.
Result<HttpAnswer> http_get(const std::string& url, Duration timeout);

// Why the answer isn't as expected ("status 503, expected 200"; "status.ready is \"no\", expected \"yes\""),
// or nothing.
std::optional<std::string> mismatch(const HttpAnswer& answer, const core::Expectation& expectation);

}  // namespace slipway::drivers
