#include "drivers/notify/post.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "drivers/http/curl.h"
#include "drivers/probe/get.h"

namespace slipway::drivers {
namespace {

constexpr std::size_t kept = 4 << 10;
constexpr std::size_t most_read = 1 << 20;
constexpr std::string_view asks_to_wait = "retry-after:";

struct Freed {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Reading {
  PostAnswer answer;
  std::size_t read = 0;
};

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* to) {
  PostAnswer& answer = static_cast<Reading*>(to)->answer;
  std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) answer.retry_after.reset();  // what came before was an interim answer
  const bool it = line.size() > asks_to_wait.size() &&
                  std::ranges::equal(line.substr(0, asks_to_wait.size()), asks_to_wait,
                                     [](unsigned char a, char b) { return std::tolower(a) == b; });
  if (!it) return size * count;
  line.remove_prefix(std::min(line.find_first_not_of(" \t", asks_to_wait.size()), line.size()));
  answer.retry_after = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
  return size * count;
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* to) {
  Reading& reading = *static_cast<Reading*>(to);
  std::string& body = reading.answer.body;
  body.append(data, std::min(size * count, kept - body.size()));
  reading.read += size * count;
  return reading.read <= most_read ? size * count : 0;  // 0 ends the transfer
}

std::unexpected<Error> failed(CURLcode code, const HttpPost& request) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return fail(ErrorKind::invalid_input, "its URL is malformed; write https://HOST/PATH");
    case CURLE_UNSUPPORTED_PROTOCOL:
      return fail(ErrorKind::invalid_input, "its URL is neither https nor http");
    case CURLE_OPERATION_TIMEDOUT:
      return fail(ErrorKind::unavailable, "no answer within {}", format_duration(request.whole));
    default:
      // Not libcurl's longer message, which may quote the URL.
      return fail(ErrorKind::unavailable, "{}", curl_easy_strerror(code));
  }
}

}  // namespace

Result<PostAnswer> post(const HttpPost& request) {
  prepare_curl();
  const std::unique_ptr<CURL, Freed> owned(curl_easy_init());
  CURL* handle = owned.get();
  CHECK(handle != nullptr);
  std::unique_ptr<curl_slist, Freed> headers;
  const auto add = [&headers](const char* line) {
    curl_slist* list = curl_slist_append(headers.get(), line);
    CHECK(list != nullptr);
    [[maybe_unused]] const curl_slist* same = headers.release();
    headers.reset(list);
  };
  for (const std::string& line : request.headers) add(line.c_str());
  add("Expect:");  // no waiting for leave to send the body
  Reading reading;
  set_option(handle, CURLOPT_URL, request.url.c_str());
  set_option(handle, CURLOPT_NOSIGNAL, 1L);
  set_option(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set_option(handle, CURLOPT_USERAGENT, "slipway");
  set_option(handle, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  set_option(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect.count()));
  set_option(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.whole.count()));
  set_option(handle, CURLOPT_POST, 1L);
  set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set_option(handle, CURLOPT_POSTFIELDS, request.body.data());
  set_option(handle, CURLOPT_HTTPHEADER, headers.get());
  set_option(handle, CURLOPT_HEADERFUNCTION, &take_header);
  set_option(handle, CURLOPT_HEADERDATA, static_cast<void*>(&reading));
  set_option(handle, CURLOPT_WRITEFUNCTION, &take_body);
  set_option(handle, CURLOPT_WRITEDATA, static_cast<void*>(&reading));
  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200) return failed(code == CURLE_OK ? CURLE_WEIRD_SERVER_REPLY : code, request);
  reading.answer.status = static_cast<int>(status);
  return std::move(reading.answer);
}

}  // namespace slipway::drivers
