#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>

#include "drivers/probe/http_get.h"

namespace slipway::drivers {

// libcurl's own setting up, once in a process and before anything else of it. Safe from every thread.
void prepare_curl();

// One GET for libcurl to do, again and again if wanted: begin() before each, ended() after each. A new
// connection each time: one that is kept would hold up an instance that wants to end.
class Get {
 public:
  // `at_most` bytes of the answer's body are kept, and the rest isn't waited for.
  Get(const std::string& url, Duration timeout, const RequestHeaders& headers = {},
      std::size_t at_most = 1U << 20);
  ~Get();
  Get(const Get&) = delete;
  Get& operator=(const Get&) = delete;

  CURL* handle() { return handle_; }
  void begin();
  Result<HttpAnswer> ended(CURLcode code);

 private:
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
  std::string reason(CURLcode code) const;

  CURL* handle_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_;
  Duration timeout_;
  std::size_t at_most_;
  HttpAnswer answer_;
  bool full_ = false;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace slipway::drivers
