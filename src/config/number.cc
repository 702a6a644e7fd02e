#include "config/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace slipway::config {
namespace {

constexpr double million = 1e6;
constexpr std::size_t most_digits = 9;  // in front of the point: it stays far from overflowing
constexpr std::size_t decimals = 4;

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string percent(std::int64_t parts) {
  return fmt::format("{:g}%", static_cast<double>(parts) / 1e4);
}

// Nothing, with a report, where the value isn't one word.
std::optional<Word> read_figure(const Field& field, std::string_view example, Problems& problems) {
  const Node& node = *field.value;
  if (node.kind == Node::Kind::scalar) return read_text(field, problems);
  problems.report(field.place(),
                  node.kind == Node::Kind::nothing ? fmt::format("{} has no value", field.key)
                                                   : fmt::format("{} must be a single figure", field.key),
                  fmt::format("write it as {}", example));
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view rest = point < text.size() ? text.substr(point + 1) : "0";
  if (!is_number(whole) || whole.size() > most_digits) return std::nullopt;
  if (!is_number(rest) || rest.size() > decimals) return std::nullopt;
  std::int64_t parts = 0;
  for (const char digit : whole) parts = parts * 10 + (digit - '0');
  for (std::size_t i = 0; i < decimals; ++i) parts = parts * 10 + (i < rest.size() ? rest[i] - '0' : 0);
  return parts;
}

std::optional<double> parse_number(std::string_view text) {
  // A share is written as a number is, with a sign behind it.
  const auto ten_thousandths = parse_share(std::string(text) + "%");
  if (!ten_thousandths) return std::nullopt;
  return static_cast<double>(*ten_thousandths) / 1e4;
}

std::optional<double> read_number(const Field& field, double least, double most, std::string_view example,
                                  Problems& problems) {
  const auto word = read_figure(field, example, problems);
  if (!word) return std::nullopt;
  const auto number = parse_number(word->text);
  if (number && field.value->quoted) {
    problems.report(word->place, fmt::format("{}: a number is not quoted", field.key), "remove the quotes");
    return std::nullopt;
  }
  if (!number) {
    problems.report(word->place, fmt::format("{}: \"{}\" is not a number", field.key, word->text),
                    fmt::format("write it with 4 decimals at most, such as {}", example));
    return std::nullopt;
  }
  if (*number < least || *number > most) {
    problems.report(word->place, fmt::format("{}: {} is out of range", field.key, word->text),
                    fmt::format("write a number from {:g} to {:g}", least, most));
    return std::nullopt;
  }
  return number;
}

std::optional<double> read_share(const Field& field, std::int64_t least, std::int64_t most,
                                 std::string_view example, Problems& problems) {
  const auto word = read_figure(field, example, problems);
  if (!word) return std::nullopt;
  const auto share = parse_share(word->text);
  if (!share) {
    problems.report(word->place, fmt::format("{}: \"{}\" is not a share", field.key, word->text),
                    fmt::format("write it in per cent, with 4 decimals at most: {}", example));
    return std::nullopt;
  }
  if (*share < least || *share > most) {
    problems.report(word->place, fmt::format("{}: {} is out of range", field.key, word->text),
                    fmt::format("write a share from {} to {}", percent(least), percent(most)));
    return std::nullopt;
  }
  return static_cast<double>(*share) / million;
}

}  // namespace slipway::config
