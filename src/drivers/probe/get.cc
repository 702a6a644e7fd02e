#include "drivers/probe/get.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <mutex>
#include <string_view>
#include <system_error>

#include "base/check.h"
#include "drivers/http/curl.h"
#include "drivers/probe/request.h"

namespace slipway::drivers {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::string in_lowercase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string in_whole_seconds_where_it_is(Duration duration) {
  if (duration.count() % 1000 == 0 && duration < Duration(60'000))
    return fmt::format("{} s", duration.count() / 1000);
  return format_duration(duration);
}

}  // namespace

void prepare_curl() {
  static std::once_flag once;
  std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

Get::Get(const std::string& url, Duration timeout, const RequestHeaders& headers, std::size_t at_most)
    : headers_(nullptr, &curl_slist_free_all), timeout_(std::max(timeout, Duration(1))), at_most_(at_most) {
  prepare_curl();
  handle_ = curl_easy_init();
  CHECK(handle_ != nullptr);
  set_option(handle_, CURLOPT_URL, url.c_str());
  set_option(handle_, CURLOPT_NOSIGNAL, 1L);
  set_option(handle_, CURLOPT_NOPROXY, "*");
  set_option(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set_option(handle_, CURLOPT_USERAGENT, std::string(probe_user_agent).c_str());
  set_option(handle_, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(handle_, CURLOPT_FORBID_REUSE, 1L);
  set_option(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
  for (const auto& [name, value] : headers) {
    curl_slist* const longer = curl_slist_append(headers_.get(), fmt::format("{}: {}", name, value).c_str());
    CHECK(longer != nullptr);
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  if (headers_) set_option(handle_, CURLOPT_HTTPHEADER, headers_.get());
  set_option(handle_, CURLOPT_ERRORBUFFER, error_.data());
  set_option(handle_, CURLOPT_HEADERFUNCTION, &Get::take_header);
  set_option(handle_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set_option(handle_, CURLOPT_WRITEFUNCTION, &Get::take_body);
  set_option(handle_, CURLOPT_WRITEDATA, static_cast<void*>(this));
}

Get::~Get() {
  curl_easy_cleanup(handle_);
}

void Get::begin() {
  answer_ = {};
  full_ = false;
  error_[0] = '\0';
}

std::size_t Get::take_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& headers = static_cast<Get*>(self)->answer_.headers;
  const std::string_view line(data, size * count);
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) {
    headers.clear();  // what came before was an interim answer
  } else if (colon != std::string_view::npos) {
    std::string& value = headers[in_lowercase(trimmed(line.substr(0, colon)))];
    if (!value.empty()) value += ", ";
    value += trimmed(line.substr(colon + 1));
  }
  return size * count;
}

std::size_t Get::take_body(char* data, std::size_t size, std::size_t count, void* self) {
  Get& get = *static_cast<Get*>(self);
  const std::size_t taken = std::min(size * count, get.at_most_ - get.answer_.body.size());
  get.answer_.body.append(data, taken);
  get.full_ = taken < size * count;
  return taken;  // less than was given ends the transfer
}

std::string Get::reason(CURLcode code) const {
  long os_error = 0;
  curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &os_error);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no answer within {}", in_whole_seconds_where_it_is(timeout_));
    case CURLE_COULDNT_CONNECT:
      if (os_error == ECONNREFUSED) return "connection refused";
      return "cannot connect: " + (os_error != 0 ? std::generic_category().message(static_cast<int>(os_error))
                                                 : std::string(error_.data()));
    case CURLE_GOT_NOTHING:
      return "it closed the connection without an answer";
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
      return "its answer broke off";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return "its answer isn't HTTP";
    default:
      return error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  }
}

Result<HttpAnswer> Get::ended(CURLcode code) {
  // What lets us wait is there, and isn't as expected.
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(ErrorKind::invalid_input, "{}", reason(code));
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && full_))
    return fail(ErrorKind::unavailable, "{}", reason(code));
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  return std::move(answer_);
}

}  // namespace slipway::drivers
