#include "drivers/probe/http_get.h"

#include <charconv>

#include "drivers/probe/get.h"

namespace slipway::drivers {
namespace {

constexpr std::size_t most_shown = 120;  // characters of what isn't as expected

std::string as_json(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= most_shown) return text;
  std::size_t end = most_shown;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // not within a character
  return text.substr(0, end) + "…";
}

std::optional<std::string> header_mismatch(const HttpAnswer& answer, const std::string& name,
                                           const std::optional<std::string>& expected) {
  const auto found = answer.headers.find(name);
  if (found == answer.headers.end()) {
    return expected ? fmt::format("header {} is missing, expected {}", name, as_json(*expected))
                    : fmt::format("header {} is missing", name);
  }
  if (!expected || found->second == *expected) return std::nullopt;
  return fmt::format("header {} is {}, expected {}", name, as_json(found->second), as_json(*expected));
}

const Json* member(const Json& json, const std::string& name) {
  if (json.is_object()) {
    const auto found = json.find(name);
    return found == json.end() ? nullptr : &*found;
  }
  std::size_t index = 0;
  const char* end = name.data() + name.size();
  if (!json.is_array() || std::from_chars(name.data(), end, index).ptr != end || index >= json.size())
    return nullptr;
  return &json[index];
}

const Json* at_path(const Json& json, std::string_view path) {
  const Json* here = &json;
  while (here != nullptr) {
    const std::size_t dot = path.find('.');
    here = member(*here, std::string(path.substr(0, dot)));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return here;
}

std::optional<std::string> field_mismatch(const Json& body, const core::Expectation::Field& field) {
  const Json* found = at_path(body, field.path);
  if (found == nullptr) {
    return field.equals ? fmt::format("{} is missing, expected {}", field.path, as_json(*field.equals))
                        : fmt::format("{} is missing", field.path);
  }
  if (!field.equals || *found == *field.equals) return std::nullopt;
  return fmt::format("{} is {}, expected {}", field.path, as_json(*found), as_json(*field.equals));
}

}  // namespace

std::optional<std::string> status_mismatch(int status, std::optional<int> expected) {
  if (expected && status != *expected) return fmt::format("status {}, expected {}", status, *expected);
  if (!expected && (status < 200 || status > 399))
    return fmt::format("status {}, expected 200 to 399", status);
  return std::nullopt;
}

Result<HttpAnswer> http_get(const std::string& url, Duration timeout, const RequestHeaders& headers) {
  Get get(url, timeout, headers);
  get.begin();
  return get.ended(curl_easy_perform(get.handle()));
}

std::optional<std::string> mismatch(const HttpAnswer& answer, const core::Expectation& expectation) {
  if (auto wrong = status_mismatch(answer.status, expectation.status)) return wrong;
  for (const auto& [name, expected] : expectation.headers)
    if (auto wrong = header_mismatch(answer, name, expected)) return wrong;
  if (expectation.json.empty()) return std::nullopt;
  const auto body = parse_json(answer.body);
  if (!body) return fmt::format("the answer is {}", body.error().message);
  for (const auto& field : expectation.json)
    if (auto wrong = field_mismatch(*body, field)) return wrong;
  return std::nullopt;
}

}  // namespace slipway::drivers
