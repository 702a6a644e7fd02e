#include "config/choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace slipway::config {
namespace {

// "pause, advance or roll_back"
std::string listed(const std::vector<std::string>& words) {
  if (words.size() < 2) return fmt::format("{}", fmt::join(words, ""));
  return fmt::format("{} or {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

}  // namespace

std::optional<std::size_t> read_word_of(const Field& field, const std::vector<std::string>& words,
                                        std::string_view kind, Problems& problems) {
  const auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const auto found = std::ranges::find(words, word->text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string message = fmt::format("{}: \"{}\" is not {}", field.key, word->text, kind);
  if (const auto meant = nearest(word->text, words))
    problems.report(word->place, fmt::format("{}; did you mean \"{}\"?", message, *meant));
  else
    problems.report(word->place, message, fmt::format("write {}", listed(words)));
  return std::nullopt;
}

}  // namespace slipway::config
