#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace slipway::drivers {

// What is sent to somebody out there, who may be anything.
struct HttpPost {
  std::string url;
  std::vector<std::string> headers;  // "Slipway-Id: shop/production#41.0"
  std::string body;
  Duration connect{5'000};
  Duration whole{10'000};  // connecting too
};

struct PostAnswer {
  int status = 0;
  std::optional<std::string> retry_after;  // as it was sent
  std::string body;                        // the first 4 KiB
};

// Once its status has come it is an answer, whatever becomes of the rest. Redirects aren't followed, https is
// verified, proxies of the environment are used. Nothing of the URL is in an error: it may be a secret.
// invalid_input: there can be no answer from such a URL; unavailable: none came.
Result<PostAnswer> post(const HttpPost& request);

}  // namespace slipway::drivers
