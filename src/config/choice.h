#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/section.h"

namespace slipway::config {

// Which of these words is written, from 0. Any other is reported as not being `kind` ("a strategy"), with the
// one that was most likely meant.
std::optional<std::size_t> read_word_of(const Field& field, const std::vector<std::string>& words,
                                        std::string_view kind, Problems& problems);

// The same, of words with their meanings.
template <class T>
std::optional<T> read_choice(const Field& field, const std::vector<std::pair<std::string, T>>& choices,
                             std::string_view kind, Problems& problems) {
  std::vector<std::string> words;
  for (const auto& [word, meaning] : choices) words.push_back(word);
  const auto chosen = read_word_of(field, words, kind, problems);
  if (!chosen) return std::nullopt;
  return choices[*chosen].second;
}

}  // namespace slipway::config
