#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace slipway {

using Json = nlohmann::json;  // keys sorted: the same value prints the same text

// invalid_input with the place where it breaks; never throws. Nesting deeper than 200 is refused.
Result<Json> parse_json(std::string_view text);

// from_json without exceptions: what of `what` isn't as it should be is an invalid_input.
template <class T>
Result<T> decode(const Json& json, std::string_view what) {
  try {
    return json.get<T>();
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorKind::invalid_input, "{}: {}", what, e.what());
  }
}

}  // namespace slipway

namespace nlohmann {
template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& j, const std::optional<T>& value) {
    if (value)
      j = *value;
    else
      j = nullptr;
  }
  static void from_json(const json& j, std::optional<T>& value) {
    if (j.is_null())
      value.reset();
    else
      value = j.get<T>();
  }
};

// Durations are milliseconds, times are milliseconds since 1970 UTC.
template <>
struct adl_serializer<slipway::Duration> {
  static void to_json(json& j, slipway::Duration d) { j = d.count(); }
  static void from_json(const json& j, slipway::Duration& d) { d = slipway::Duration(j.get<long long>()); }
};
template <>
struct adl_serializer<slipway::Time> {
  static void to_json(json& j, slipway::Time t) { j = t.time_since_epoch().count(); }
  static void from_json(const json& j, slipway::Time& t) {
    t = slipway::Time(slipway::Duration(j.get<long long>()));
  }
};
}  // namespace nlohmann

// Compiled once, in json.cc.
extern template class nlohmann::basic_json<>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
