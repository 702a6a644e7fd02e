#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace slipway::config {
namespace {

constexpr std::size_t longest_name = 40;
constexpr std::size_t longest_line = 200;

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

std::optional<std::string> read_host(const Field& field, Problems& problems) {
  constexpr std::size_t longest = 255;
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const bool plain = std::ranges::all_of(word->text, [](char c) {
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || std::string_view(".-_:[]").contains(c);
  });
  if (plain && !word->text.empty() && word->text.size() <= longest) return std::move(word->text);
  problems.report(word->place,
                  fmt::format("{}: \"{}\" is not what a Host header says", field.key, word->text),
                  "write the name alone, such as shop.example.com or shop.example.com:8080");
  return std::nullopt;
}

std::optional<std::string> read_web_address(const Field& field, Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const std::string_view text = word->text;
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0) {
    problems.report(word->place, fmt::format("{}: \"{}\" is not a web address", field.key, text),
                    "begin it with https:// or http://");
    return std::nullopt;
  }
  const bool visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
  if (visible && text.substr(scheme).find_first_of("/?#") != 0 && text.size() > scheme)
    return std::move(word->text);
  problems.report(word->place, fmt::format("{}: \"{}\" is not a web address", field.key, text),
                  visible ? "write the host behind //, such as https://example.com/"
                          : "write spaces and letters beyond ASCII as %20 and the like");
  return std::nullopt;
}

std::optional<Word> read_line(const Field& field, std::string_view kind, std::string_view hint,
                              Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  if (word->text.empty() || word->text.find_first_of("\r\n") != std::string::npos) {
    problems.report(word->place, fmt::format("{}: {} is one line of text", field.key, kind), hint);
    return std::nullopt;
  }
  if (word->text.size() > longest_line) {
    problems.report(word->place, fmt::format("{}: {} has {} bytes", field.key, kind, word->text.size()),
                    fmt::format("{} are the most", longest_line));
    return std::nullopt;
  }
  return word;
}

std::string UniqueNames::read(const Section& section, Problems& problems) {
  const auto name = section.require("name", "name: what it shows", problems);
  if (!name) return "";
  const std::string what =
      fmt::format("the name of {} {}", std::string_view("aeiou").contains(kind_.front()) ? "an" : "a", kind_);
  auto word = read_line(*name, what, "say what it shows", problems);
  if (!word) return "";
  const auto [first, added] = lines_.emplace(word->text, word->place.line);
  if (!added)
    problems.report(
        word->place,
        fmt::format("name: \"{}\" is the {} of line {} already", word->text, kind_, first->second),
        "give it a name of its own");
  return std::move(word->text);
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
