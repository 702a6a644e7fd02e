#include "server/api/route.h"

#include <charconv>
#include <optional>
#include <vector>

#include "base/json.h"
#include "server/api/problem.h"

namespace slipway::server {
namespace {

struct Pattern {
  std::string_view method;
  std::vector<std::string_view> path;  // below /api/v1; "*" stands for a name, "#" for a number
  Call call;
};

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> all{
      {"GET", {"version"}, Call::version},
      {"PUT", {"artifacts"}, Call::put_artifact},
      {"GET", {"targets"}, Call::targets},
      {"GET", {"targets", "*", "*"}, Call::target},
      {"POST", {"targets", "*", "*", "deployments"}, Call::deploy},
      {"POST", {"targets", "*", "*", "rollback"}, Call::rollback},
      {"POST", {"targets", "*", "*", "abort"}, Call::abort},
      {"POST", {"targets", "*", "*", "promote"}, Call::promote},
      {"POST", {"targets", "*", "*", "pause"}, Call::pause},
      {"POST", {"targets", "*", "*", "resume"}, Call::resume},
      {"POST", {"targets", "*", "*", "approve"}, Call::approve},
      {"POST", {"targets", "*", "*", "decline"}, Call::decline},
      {"POST", {"targets", "*", "*", "attest"}, Call::attest},
      {"POST", {"targets", "*", "*", "override"}, Call::override_check},
      {"POST", {"targets", "*", "*", "freeze"}, Call::freeze},
      {"POST", {"targets", "*", "*", "unfreeze"}, Call::unfreeze},
      {"POST", {"targets", "*", "*", "emergency"}, Call::emergency},
      {"POST", {"targets", "*", "*", "plan"}, Call::plan},
      {"GET", {"targets", "*", "*", "deployments"}, Call::history},
      {"GET", {"targets", "*", "*", "deployments", "#"}, Call::deployment},
      {"GET", {"targets", "*", "*", "releases"}, Call::releases},
      {"GET", {"targets", "*", "*", "logs"}, Call::logs},
      {"GET", {"events"}, Call::events},
      {"GET", {"audit"}, Call::audit},
  };
  return all;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool fits(const Pattern& pattern, const std::vector<std::string_view>& parts) {
  if (pattern.path.size() != parts.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (pattern.path[i] != "*" && pattern.path[i] != "#" && pattern.path[i] != parts[i]) return false;
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

Result<Match> read_names(const Pattern& pattern, const std::vector<std::string_view>& parts) {
  Match found{pattern.call, {}, 0};
  if (parts.size() < 3) return found;
  TRY(const std::string service, percent_decode(parts[1]));
  TRY(const std::string environment, percent_decode(parts[2]));
  if (service.find('/') != std::string::npos || environment.find('/') != std::string::npos)
    return fail(ErrorKind::invalid_input,
                "a name holds a slash: write the target as /api/v1/targets/SERVICE/ENVIRONMENT");
  TRY(found.target, core::parse_target(service + "/" + environment));
  if (pattern.path.back() == "#") {
    TRY(found.number, read_number(parts.back(), "the deployment", 1, 1'000'000'000));
  }
  return found;
}

std::string join(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::expected<Match, Response> match(std::string_view method, std::string_view path) {
  constexpr std::string_view root = "/api/v1/";
  std::set<std::string> methods;
  if (path.starts_with(root)) {
    const std::vector<std::string_view> parts = split(path.substr(root.size()), '/');
    for (const Pattern& pattern : patterns()) {
      if (!fits(pattern, parts)) continue;
      methods.emplace(pattern.method);
      if (pattern.method != method) continue;
      Result<Match> found = read_names(pattern, parts);
      if (!found) return std::unexpected(problem(found.error()));
      return *std::move(found);
    }
  }
  if (methods.empty())
    return std::unexpected(
        problem({ErrorKind::not_found,
                 fmt::format("there is no {} here: the calls are below /api/v1/, such as GET /api/v1/targets",
                             path)}));
  Response response = problem(
      {ErrorKind::invalid_input, fmt::format("{} takes {}, not {}", path, join(methods), method)}, 405);
  response.allow = join(methods);
  return std::unexpected(std::move(response));
}

Result<std::string> percent_decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
      return fail(ErrorKind::invalid_input, "a % in the address must be followed by two hexadecimal digits");
    plain += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  if (plain.find('\0') != std::string::npos || !is_utf8(plain))
    return fail(ErrorKind::invalid_input, "the address isn't UTF-8 text");
  return plain;
}

Result<int> read_number(std::string_view text, std::string_view what, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < least ||
      number > most)
    return fail(ErrorKind::invalid_input, "{} must be a whole number from {} to {}, and is \"{}\"", what,
                least, most, text);
  return number;
}

Result<Query> read_query(std::string_view text, const std::set<std::string>& known) {
  Query query;
  for (const std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    TRY(const std::string key, percent_decode(part.substr(0, equals)));
    TRY(std::string value,
        percent_decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1)));
    if (!known.contains(key))
      return fail(ErrorKind::invalid_input, "the address has \"?{}=\", which isn't known here: {}", key,
                  known.empty() ? "this call takes nothing after \"?\"" : "known are " + join(known));
    if (!query.emplace(key, std::move(value)).second)
      return fail(ErrorKind::invalid_input, "the address has \"{}=\" twice", key);
  }
  return query;
}

}  // namespace slipway::server
