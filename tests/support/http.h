#pragma once

#include <filesystem>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace slipway::test {

struct HttpAnswer {
  int status = 0;
  std::string head;  // names as they came: the proxy writes them in small letters
  std::string body;  // without chunk marks
};

// One request on a connection of its own, read to its end. unavailable: refused, reset, cut short, or out of
// time.
Result<HttpAnswer> get(int port, const std::string& path, Duration within = Duration(10'000),
                       const std::string& headers = "");

// The same over a unix socket; with a body it is sent as JSON.
Result<HttpAnswer> call(const std::filesystem::path& socket, const std::string& method,
                        const std::string& path, const std::string& body = "",
                        Duration within = Duration(10'000));

}  // namespace slipway::test
