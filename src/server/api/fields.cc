#include "server/api/fields.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace slipway::server {
namespace {

std::string_view type_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return "a number";
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return "something else";
}

std::unexpected<Error> wrong_type(std::string_view key, std::string_view expected, const Json& found) {
  return fail(ErrorKind::invalid_input, "\"{}\" must be {}, and is {}", key, expected, type_of(found));
}

std::string list(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", word);
  return text;
}

Status check_line(std::string_view key, const std::string& text) {
  constexpr std::size_t longest = 1000;
  if (text.size() > longest)
    return fail(ErrorKind::invalid_input, "\"{}\" has {} bytes, and may have {}", key, text.size(), longest);
  const auto control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), control))
    return fail(ErrorKind::invalid_input, "\"{}\" must be one line without control characters", key);
  return {};
}

}  // namespace

Result<Fields> Fields::read(const std::string& body, std::initializer_list<std::string_view> known) {
  if (body.empty()) return Fields(Json::object());
  auto parsed = parse_json(body);
  if (!parsed) return std::unexpected(std::move(parsed.error()).within("the body"));
  if (!parsed->is_object())
    return fail(ErrorKind::invalid_input, "the body must be a JSON object with {}, and is {}", list(known),
                type_of(*parsed));
  for (const auto& [key, value] : parsed->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto meant = nearest(key, std::vector<std::string>(known.begin(), known.end()));
    return fail(ErrorKind::invalid_input, "the body has \"{}\", which isn't known here: known are {}{}", key,
                list(known), meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string());
  }
  return Fields(*std::move(parsed));
}

const Json* Fields::find(std::string_view key) const {
  const auto at = object_.find(std::string(key));
  return at == object_.end() || at->is_null() ? nullptr : &*at;
}

Result<std::string> Fields::text(std::string_view key) const {
  TRY(const std::optional<std::string> found, maybe_text(key));
  if (!found) return fail(ErrorKind::invalid_input, "the body lacks \"{}\"", key);
  if (found->empty()) return fail(ErrorKind::invalid_input, "\"{}\" is empty", key);
  return *found;
}

Result<std::optional<std::string>> Fields::maybe_text(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return wrong_type(key, "a string", *value);
  return value->get<std::string>();
}

Result<std::optional<int>> Fields::maybe_number(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned() || *value < 1 || *value > std::numeric_limits<int>::max()) {
    if (!value->is_number()) return wrong_type(key, "a whole number from 1 on", *value);
    return fail(ErrorKind::invalid_input, "\"{}\" must be a whole number from 1 on, and is {}", key,
                value->dump());
  }
  return value->get<int>();
}

Result<bool> Fields::flag(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return wrong_type(key, "true or false", *value);
  return value->get<bool>();
}

Result<std::string> Fields::line(std::string_view key) const {
  TRY(const std::optional<std::string> found, maybe_text(key));
  if (!found) return std::string();
  TRY_VOID(check_line(key, *found));
  return *found;
}

Result<std::vector<std::string>> Fields::lines(std::string_view key) const {
  constexpr std::size_t most = 100;
  const Json* value = find(key);
  if (value == nullptr) return std::vector<std::string>();
  if (!value->is_array()) return wrong_type(key, "a list of strings", *value);
  if (value->size() > most)
    return fail(ErrorKind::invalid_input, "\"{}\" has {} entries, and may have {}", key, value->size(), most);
  std::vector<std::string> list;
  for (const Json& entry : *value) {
    if (!entry.is_string()) return wrong_type(key, "a list of strings", *value);
    TRY_VOID(check_line(key, list.emplace_back(entry.get<std::string>())));
  }
  return list;
}

}  // namespace slipway::server
