#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace slipway::config {
namespace {

constexpr std::size_t longest_name = 40;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool check_name(std::string_view kind, const Word& name, Problems& problems) {
  const std::string& text = name.text;
  if (text.size() > longest_name) {
    problems.report(name.place,
                    fmt::format("the name of {} {} has {} characters", kind == "environment" ? "an" : "a",
                                kind, text.size()),
                    fmt::format("{} is the most", longest_name));
    return false;
  }
  const bool right = !text.empty() && is_lower(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_digit(c) || c == '-' || c == '_';
  });
  if (!right)
    problems.report(
        name.place,
        fmt::format("\"{}\" can't be the name of {} {}", text, kind == "environment" ? "an" : "a", kind),
        "use lowercase letters, digits, - and _, beginning with a letter");
  return right;
}

std::optional<std::string> read_path(const Field& field, Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const bool visible =
      std::ranges::all_of(word->text, [](char c) { return c > ' ' && c < 0x7F && c != '#'; });
  if (word->text.starts_with('/') && visible) return word->text;
  problems.report(word->place, fmt::format("{}: \"{}\" is not a path", field.key, word->text),
                  visible ? "a path begins with /, such as /health"
                          : "write spaces and the like as %20, and leave the part behind # out");
  return std::nullopt;
}

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || others.contains(c);
  });
}

std::string lowercase(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace slipway::config
