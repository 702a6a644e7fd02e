#include "config/expectation.h"

#include <fmt/format.h>

#include <charconv>

#include "config/names.h"

namespace slipway::config {
namespace {

bool says_present(const Node& node) {
  return node.kind == Node::Kind::scalar && !node.quoted && node.text == "present";
}

// What a plain YAML word means in JSON; numbers are tried the way JSON writes them.
Json plain_value(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole);
      stop == end && error == std::errc())
    return whole;
  const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  if (numeric) {
    const Json number = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (number.is_number_float()) return number;
  }
  return text;
}

core::Expectation::Field equal_to(const std::string& path, Json value) {
  return {path, std::optional<Json>(std::in_place, std::move(value))};
}

std::optional<core::Expectation::Field> read_json_field(const Field& field, Problems& problems) {
  const auto& path = field.key;
  if (path.empty() || path.starts_with('.') || path.ends_with('.') || path.contains("..")) {
    problems.report(field.key_place, fmt::format("\"{}\" is not a path into a JSON object", path),
                    "write names with dots between them, such as database.state");
    return std::nullopt;
  }
  const Node& node = *field.value;
  if (node.kind == Node::Kind::nothing) {
    if (node.spelled) return equal_to(path, nullptr);
    problems.report(field.key_place, fmt::format("{} has no value", path),
                    "write the value, or the word present");
    return std::nullopt;
  }
  if (node.kind == Node::Kind::map) {
    problems.report(field.key_place, fmt::format("{} must be a value, or the word present", path),
                    fmt::format("reach into an object with dots, such as {}.state: ready", path));
    return std::nullopt;
  }
  if (node.kind == Node::Kind::list) {
    problems.report(field.key_place, fmt::format("{} must be a value, or the word present", path),
                    "lists can't be compared: expect that it is present");
    return std::nullopt;
  }
  if (says_present(node)) return core::Expectation::Field{path, std::nullopt};
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  return equal_to(path, node.quoted ? Json(word->text) : plain_value(word->text));
}

void read_header(const Field& field, core::Expectation& expectation, Problems& problems) {
  if (!is_token(field.key))
    return problems.report(field.key_place, fmt::format("\"{}\" is not the name of a header", field.key),
                           "write it as content-type");
  const std::string name = lowercase(field.key);
  if (expectation.headers.contains(name))
    return problems.report(field.key_place, fmt::format("the header {} is expected twice", name),
                           "upper and lower case are the same: remove one of them");
  auto word = read_text(field, problems);
  if (!word) return;
  if (word->text.find_first_of("\r\n") != std::string::npos)
    return problems.report(word->place, fmt::format("{}: a header's value is one line", field.key));
  expectation.headers[name] =
      says_present(*field.value) ? std::nullopt : std::optional<std::string>(std::move(word->text));
}

}  // namespace

core::Expectation read_expectation(const Field& field, const std::string& where, Problems& problems) {
  core::Expectation expectation;
  const auto section = Section::open(field, where, {{"status", "header", "json"}}, problems);
  if (!section) return expectation;
  if (const auto status = section->find("status"))
    expectation.status = read_whole(*status, 100, 599, problems);
  if (const auto header = section->find("header"))
    if (const auto headers = Section::open_free(*header, where + ".header", problems))
      for (const Field& one : headers->fields()) read_header(one, expectation, problems);
  if (const auto json = section->find("json"))
    if (const auto fields = Section::open_free(*json, where + ".json", problems))
      for (const Field& one : fields->fields())
        if (auto read = read_json_field(one, problems)) expectation.json.push_back(std::move(*read));
  return expectation;
}

}  // namespace slipway::config
