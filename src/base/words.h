#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/json.h"

// Enumerations as words of JSON. A word that isn't known is an error: it must not be taken for another.
namespace slipway {

template <class Enum>
struct Word {
  Enum value;
  std::string_view word;
};

template <class Enum, std::size_t N>
void write_word(Json& json, Enum value, const std::array<Word<Enum>, N>& words) {
  for (const auto& [candidate, word] : words)
    if (candidate == value) json = word;
}

template <class Enum, std::size_t N>
void read_word(const Json& json, Enum& value, const std::array<Word<Enum>, N>& words) {
  const auto text = json.get<std::string>();
  for (const auto& [candidate, word] : words) {
    if (word != text) continue;
    value = candidate;
    return;
  }
  throw Json::other_error::create(501, "unknown word \"" + text + "\"", &json);
}

}  // namespace slipway

// Defines to_json and from_json of Enum (one identifier) in the namespace that it is used in, which must be
// the enumeration's own for JSON to find them. The words follow, as Word<Enum>{Enum::value, "value"}.
#define SLIPWAY_WORDS(Enum, ...)                                          \
  constexpr std::array words_of_##Enum{__VA_ARGS__};                      \
  [[maybe_unused]] static void to_json(Json& json, Enum value) {          \
    write_word(json, value, words_of_##Enum);                             \
  }                                                                       \
  [[maybe_unused]] static void from_json(const Json& json, Enum& value) { \
    read_word(json, value, words_of_##Enum);                              \
  }

// What NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT defines, but not inline: a header declares these for
// other files. Keys that are missing keep their defaults.
#define SLIPWAY_JSON(Type, ...)                                                             \
  void to_json(Json& nlohmann_json_j, const Type& nlohmann_json_t) {                        \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))                \
  }                                                                                         \
  void from_json(const Json& nlohmann_json_j, Type& nlohmann_json_t) {                      \
    const Type nlohmann_json_default_obj{};                                                 \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_FROM_WITH_DEFAULT, __VA_ARGS__)) \
  }
