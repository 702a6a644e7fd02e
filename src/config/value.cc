#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/section.h"

namespace slipway::config {
namespace {

constexpr std::size_t longest_duration = 32;  // of its text
constexpr Duration most_duration = std::chrono::days(30);

std::string_view kind_of(const Node& node) {
  return node.kind == Node::Kind::list ? "a list" : "a map";
}

// Nothing, with a report, where the value isn't a single word.
const Node* scalar(const Field& field, std::string_view needed, Problems& problems) {
  const Node& node = *field.value;
  if (node.kind == Node::Kind::scalar) return &node;
  if (node.kind == Node::Kind::nothing)
    problems.report(field.place(), fmt::format("{} has no value", field.key),
                    fmt::format("write {}", needed));
  else
    problems.report(field.place(), fmt::format("{} must be {}, not {}", field.key, needed, kind_of(node)));
  return nullptr;
}

// A value as messages quote it: one line, not too long.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string line(text.substr(0, text.find('\n')));
  if (line.size() > most) {
    line.resize(most);
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0U) == 0x80U) line.pop_back();
    if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0U) line.pop_back();
  }
  return line.size() < text.size() ? line + "…" : line;
}

// The command line, as the list that it should be.
std::string as_list(std::string_view line) {
  if (line.find_first_of("\"'`\\|&;<>()*?~\n") != std::string_view::npos) return R"(["sh", "-c", "…"])";
  std::string list;
  while (!line.empty()) {
    const std::size_t start = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', start), line.size());
    if (end > start)
      list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", line.substr(start, end - start));
    line.remove_prefix(end);
  }
  return fmt::format("[{}]", list);
}

}  // namespace

std::optional<Word> read_text(const Field& field, Problems& problems) {
  const Node* node = scalar(field, "text", problems);
  if (node == nullptr || !problems.may_visit(1 + node->text.size() / 100, node->place)) return std::nullopt;
  return Word{node->text, node->place};
}

std::optional<int> read_whole(const Field& field, int least, int most, Problems& problems) {
  const std::string needed = fmt::format("a number from {} to {}", least, most);
  const Node* node = scalar(field, needed, problems);
  if (node == nullptr) return std::nullopt;
  int number = 0;
  const char* end = node->text.data() + node->text.size();
  const auto [stop, error] = std::from_chars(node->text.data(), end, number);
  const bool whole = stop == end && error != std::errc::invalid_argument;
  if (whole && node->quoted) {
    problems.report(node->place, fmt::format("{}: a number is not quoted", field.key), "remove the quotes");
    return std::nullopt;
  }
  if (!whole) {
    problems.report(node->place,
                    fmt::format("{}: \"{}\" is not a whole number", field.key, shown(node->text)),
                    fmt::format("write {}", needed));
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range || number < least || number > most) {
    problems.report(node->place, fmt::format("{}: {} is out of range", field.key, shown(node->text)),
                    fmt::format("write {}", needed));
    return std::nullopt;
  }
  return number;
}

std::optional<bool> read_truth(const Field& field, Problems& problems) {
  const Node* node = scalar(field, "true or false", problems);
  if (node == nullptr) return std::nullopt;
  if (!node->quoted && node->text == "true") return true;
  if (!node->quoted && node->text == "false") return false;
  problems.report(node->place,
                  fmt::format("{}: \"{}\" is neither true nor false", field.key, shown(node->text)),
                  "write true or false, without quotes");
  return std::nullopt;
}

std::optional<Duration> read_duration(const Field& field, Duration least, Problems& problems) {
  return read_duration(field, least, most_duration, problems);
}

std::optional<Duration> read_duration(const Field& field, Duration least, Duration most, Problems& problems) {
  const Node* node = scalar(field, "a duration such as 5m, 90s or 1h30m", problems);
  if (node == nullptr) return std::nullopt;
  const auto duration = node->text.size() <= longest_duration
                            ? parse_duration(node->text)
                            : fail(ErrorKind::invalid_input, "too long for a duration");
  if (!duration) {
    problems.report(node->place, fmt::format("{}: \"{}\" is not a duration", field.key, shown(node->text)),
                    "write it as 5m, 90s or 1h30m");
    return std::nullopt;
  }
  if (*duration < least) {
    problems.report(node->place, fmt::format("{}: {} is too short", field.key, node->text),
                    fmt::format("{} is the least", format_duration(least)));
    return std::nullopt;
  }
  if (*duration > most) {
    problems.report(node->place, fmt::format("{}: {} is too long", field.key, node->text),
                    fmt::format("{} is the most", format_duration(most)));
    return std::nullopt;
  }
  return *duration;
}

std::vector<Field> read_list(const Field& field, Problems& problems) {
  const Node& node = *field.value;
  if (node.kind == Node::Kind::nothing) return {};
  if (node.kind != Node::Kind::list) {
    problems.report(field.place(), fmt::format("{} must be a list", field.key),
                    "write each item on a line of its own, after a dash");
    return {};
  }
  if (!problems.may_visit(node.items.size(), field.key_place)) return {};
  std::vector<Field> items;
  for (const Node* item : node.items) items.push_back({field.key, item->place, item});
  return items;
}

std::vector<Word> read_command(const Field& field, Problems& problems) {
  const Node& node = *field.value;
  if (node.kind == Node::Kind::scalar) {
    problems.report(node.place, fmt::format("{}: a command is a list of words", field.key),
                    fmt::format("write {}", as_list(shown(node.text))));
    return {};
  }
  const bool list = node.kind == Node::Kind::list;
  std::vector<Word> words;
  for (Field& item : read_list(field, problems)) {
    item.key = "a word of " + field.key;
    if (auto word = read_text(item, problems)) words.push_back(std::move(*word));
  }
  if (list ? node.items.empty() : node.kind == Node::Kind::nothing)
    problems.report(field.place(), fmt::format("{} is empty", field.key),
                    R"(write a list of words, such as ["./server", "--port", "${PORT}"])");
  else if (list && !words.empty() && node.items.front()->text.empty())
    problems.report(words.front().place, fmt::format("{}: the name of the program is empty", field.key));
  return words;
}

std::vector<std::string> texts(const std::vector<Word>& words) {
  std::vector<std::string> all;
  for (const Word& word : words) all.push_back(word.text);
  return all;
}

}  // namespace slipway::config
