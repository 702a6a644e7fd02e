#include "drivers/notify/answer.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace slipway::drivers {
namespace {

constexpr std::chrono::seconds longest_retry_after{3600};
constexpr std::size_t shortest_secret = 8;
constexpr std::size_t shown = 200;  // bytes of what it said

std::optional<Duration> wait(const std::string& asked, Time now) {
  long long seconds = 0;
  const char* end = asked.data() + asked.size();
  const auto number = std::from_chars(asked.data(), end, seconds);
  if (number.ec == std::errc::result_out_of_range && number.ptr == end) {
    seconds = longest_retry_after.count();
  } else if (number.ec != std::errc() || number.ptr != end) {
    const time_t date = curl_getdate(asked.c_str(), nullptr);
    if (date < 0) return std::nullopt;
    seconds = date - std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  }
  return std::chrono::seconds(std::clamp<long long>(seconds, 0, longest_retry_after.count()));
}

std::string without(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
      text.replace(at, secret.size(), "…");
  }
  return text;
}

std::string first_line(std::string_view body, const std::vector<std::string>& secrets) {
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  std::string line = without(std::string(body.substr(0, body.find_first_of("\r\n"))), secrets);
  std::ranges::replace_if(line, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  if (line.size() <= shown) return line;
  std::size_t end = shown;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return line.substr(0, end) + "…";
}

bool may_pass(int status) {
  return status >= 500 || status == 429 || status == 408;
}

std::string advice(int status) {
  if (status >= 300 && status < 400) return "; redirects aren't followed: write the URL that it leads to";
  if (status == 401 || status == 403 || status == 404 || status == 410)
    return "; check the channel's URL, which may have been revoked";
  return "";
}

}  // namespace

core::Outcome outcome_of(const PostAnswer& answer, const std::vector<std::string>& secrets, Time now) {
  core::Outcome outcome;
  if (answer.status >= 200 && answer.status < 300) return outcome;
  const std::string said = first_line(answer.body, secrets);
  outcome.message = fmt::format("it answers {}", answer.status);
  if (!said.empty()) outcome.message += ": " + said;
  if (may_pass(answer.status)) {
    outcome.status = core::Outcome::Status::unavailable;
    if (answer.retry_after) outcome.retry_after = wait(*answer.retry_after, now);
    return outcome;
  }
  outcome.status = core::Outcome::Status::failed;
  outcome.message += advice(answer.status);
  return outcome;
}

std::vector<std::string> secrets_of(const std::string& url) {
  constexpr std::string_view between = "/?&=#@:;";
  std::vector<std::string> secrets{url};
  std::size_t begin = 0;
  while (begin < url.size()) {
    const std::size_t end = std::min(url.find_first_of(between, begin), url.size());
    if (end - begin >= shortest_secret) secrets.push_back(url.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::size_t scheme = url.find("://");
  const std::size_t path = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  if (path != std::string::npos && url.size() - path >= shortest_secret) secrets.push_back(url.substr(path));
  std::ranges::sort(secrets, std::ranges::greater(), &std::string::size);
  return secrets;
}

}  // namespace slipway::drivers
