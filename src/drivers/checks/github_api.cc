#include "drivers/checks/github_api.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "drivers/engine/secrets.h"
#include "drivers/http/curl.h"
#include "drivers/probe/get.h"

namespace slipway::drivers::checks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration longest_request{30'000};
constexpr std::size_t largest_answer = 16U << 20;
constexpr int per_page = 100;
constexpr int most_pages = 100;

Result<HttpAnswer> ask(const std::string& url, const std::string& token, Duration timeout) {
  RequestHeaders headers{{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}};
  if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
  Get get(url, timeout, headers, largest_answer);
  // Unlike an instance, it may well be behind a proxy: as the daemon's environment says.
  set_option(get.handle(), CURLOPT_NOPROXY, nullptr);
  get.begin();
  return get.ended(curl_easy_perform(get.handle()));
}

std::optional<std::string> header(const HttpAnswer& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  if (found == answer.headers.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> number(const std::optional<std::string>& text) {
  std::int64_t value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{}) return {};
  return value;
}

// When the requests of an hour begin anew, where none is left. It is said with every answer, also with one
// that is refused for coming too fast.
std::optional<std::int64_t> reset_of(const HttpAnswer& answer) {
  if (header(answer, "x-ratelimit-remaining") != "0") return std::nullopt;
  return number(header(answer, "x-ratelimit-reset"));
}

// When it may be asked again, in words.
std::string when(const HttpAnswer& answer) {
  constexpr std::int64_t last = 253'402'300'799;  // 31 Dec 9999
  constexpr std::int64_t long_enough = 1'000'000;
  if (const auto seconds = number(header(answer, "retry-after")); seconds)
    return fmt::format(
        ", for {}",
        format_duration(std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, long_enough))));
  if (const auto reset = reset_of(answer); reset && *reset > 0 && *reset <= last)
    return fmt::format(", until {}", format_time(Time(std::chrono::seconds(*reset))));
  return "";
}

// The same as a duration, a day at most.
std::optional<Duration> patience(const HttpAnswer& answer) {
  constexpr std::int64_t day = 86'400;
  auto seconds = number(header(answer, "retry-after"));
  if (const auto reset = reset_of(answer); !seconds && reset) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    seconds = std::max<std::int64_t>(*reset, 0) - std::chrono::floor<std::chrono::seconds>(now).count();
  }
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, day));
}

bool is_rate_limit(const HttpAnswer& answer) {
  if (answer.status == 429) return true;
  return answer.status == 403 &&
         (header(answer, "x-ratelimit-remaining") == "0" || header(answer, "retry-after") ||
          answer.body.find("rate limit") != std::string::npos);
}

}  // namespace

struct GitHubApi::Page {
  Json body;
  bool has_next = false;
};

GitHubApi::GitHubApi(const core::GitHub& github, Duration timeout)
    : base_(github.api), repository_(github.repository), deadline_(Clock::now() + timeout) {
  while (base_.ends_with('/')) base_.pop_back();
}

Result<GitHubApi> GitHubApi::open(const core::GitHub& github, Duration timeout) {
  GitHubApi api(github, timeout);
  if (!github.token) return api;
  auto token = resolve(*github.token);
  if (!token) return std::unexpected(std::move(token.error()).within("github.token"));
  const auto is_plain = [](unsigned char c) { return c > ' ' && c < 0x7F; };
  if (token->empty() || !std::ranges::all_of(*token, is_plain))
    return fail(ErrorKind::invalid_input, "github.token isn't a token: it is empty, or holds blanks");
  api.token_ = *std::move(token);
  return api;
}

Result<GitHubApi::Page> GitHubApi::page(const std::string& path, int number) const {
  const auto left = std::chrono::duration_cast<Duration>(deadline_ - Clock::now());
  if (left <= Duration(0)) return fail(ErrorKind::unavailable, "{} takes too long to answer", base_);
  const std::string url =
      fmt::format("{}/repos/{}/{}?per_page={}&page={}", base_, repository_, path, per_page, number);
  const auto answer = ask(url, token_, std::min(left, longest_request));
  if (!answer) return fail(ErrorKind::unavailable, "{} can't be asked: {}", base_, answer.error().message);
  if (is_rate_limit(*answer) || (answer->status >= 500 && header(*answer, "retry-after")))
    retry_after_ = patience(*answer);
  if (is_rate_limit(*answer))
    return fail(ErrorKind::unavailable, "{} limits how often it is asked{}{}", base_, when(*answer),
                token_.empty() ? "; with github.token it allows more" : "");
  if (answer->status >= 500)
    return fail(ErrorKind::unavailable, "{} has trouble: it answered with status {}", base_, answer->status);
  if (answer->status == 401 || answer->status == 403)
    return fail(ErrorKind::invalid_input, "{} refuses {} (status {}); give github.token one that may read {}",
                base_, token_.empty() ? "to answer without a token" : "the token", answer->status,
                repository_);
  if (answer->status == 404 || answer->status == 422)
    return fail(ErrorKind::invalid_input,
                "{} knows no such commit in {} (status {}); push it, or see that github.repository is right "
                "and that github.token may read it",
                base_, repository_, answer->status);
  if (answer->status >= 300 && answer->status < 400)
    return fail(ErrorKind::invalid_input, "{} says that {} has moved (status {}); correct github.repository",
                base_, repository_, answer->status);
  auto body = parse_json(answer->body);
  if (answer->status != 200 || !body)
    return fail(ErrorKind::invalid_input,
                "{} doesn't answer as GitHub's API does (status {}); correct github.api", base_,
                answer->status);
  const auto link = header(*answer, "link");
  return Page{.body = *std::move(body), .has_next = link && link->find("rel=\"next\"") != std::string::npos};
}

Result<Json> GitHubApi::all(const std::string& path, const std::string& key) const {
  Json all = Json::array();
  for (int number = 1; number <= most_pages; ++number) {
    TRY(const Page page, this->page(path, number));
    const bool is_keyed = !key.empty() && page.body.is_object() && page.body.contains(key);
    const Json& items = is_keyed ? page.body.at(key) : page.body;
    if (!items.is_array())
      return fail(ErrorKind::invalid_input, "{} doesn't answer as GitHub's API does: {} isn't a list", base_,
                  path);
    for (const Json& item : items) {
      if (!item.is_object())
        return fail(ErrorKind::invalid_input,
                    "{} doesn't answer as GitHub's API does: {} isn't a list of "
                    "objects",
                    base_, path);
      all.push_back(item);
    }
    // Where it says how many there are, that counts too: a page may have been left out on the way.
    const auto total = page.body.is_object() ? page.body.find("total_count") : page.body.end();
    const bool says_more = page.body.is_object() && total != page.body.end() && total->is_number_unsigned() &&
                           all.size() < total->get<std::size_t>();
    if (!page.has_next && (!says_more || items.empty())) return all;
  }
  return fail(ErrorKind::invalid_input, "{} has more than {} pages of {}", base_, most_pages, path);
}

}  // namespace slipway::drivers::checks
