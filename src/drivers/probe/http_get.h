#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/service.h"

namespace slipway::drivers {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lowercase
  std::string body;                            // 1 MiB at most
};

using RequestHeaders = std::vector<std::pair<std::string, std::string>>;  // name, value

// Redirects aren't followed; proxies in the environment don't count. With the reason: invalid_input if the
// answer took longer than `timeout`, unavailable if none came.
Result<HttpAnswer> http_get(const std::string& url, Duration timeout, const RequestHeaders& headers = {});

// Why the answer isn't as expected ("status 503, expected 200"; "status.ready is \"no\", expected \"yes\""),
// or nothing.
std::optional<std::string> mismatch(const HttpAnswer& answer, const core::Expectation& expectation);
// Of that, what the proxy looks at too.
std::optional<std::string> status_mismatch(int status, std::optional<int> expected);

}  // namespace slipway::drivers
