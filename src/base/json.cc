#include "base/json.h"

namespace slipway {

Result<Json> parse_json(std::string_view text) {
  constexpr int deepest = 200;
  bool too_deep = false;
  const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) too_deep = true;
    return !too_deep;
  };
  try {
    Json value = Json::parse(text, limit_depth);
    if (too_deep) return fail(ErrorKind::invalid_input, "JSON nested deeper than {} levels", deepest);
    return value;
  } catch (const nlohmann::json::parse_error& e) {
    return fail(ErrorKind::invalid_input, "not JSON (at byte {}): {}", e.byte, e.what());
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorKind::invalid_input, "not JSON: {}", e.what());
  }
}

}  // namespace slipway
