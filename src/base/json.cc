#include "base/json.h"

namespace slipway {
namespace {

// Behind "; expected " in what the library says.
std::string_view expected(std::string_view said) {
  constexpr std::string_view before = "; expected ";
  const std::size_t at = said.rfind(before);
  if (at == std::string_view::npos) return "";
  const std::string_view what = said.substr(at + before.size());
  if (what == "string literal") return "a name in quotes";
  if (what == "end of input") return "nothing more";
  if (what.starts_with("'['")) return "a value";
  return what;  // a sign, such as ':'
}

// What is wrong there, in words of our own: the library's repeat the text, however long or odd it is.
std::string reason(std::string_view text, std::size_t byte, std::string_view said) {
  const std::string_view wanted = expected(said);
  const std::string instead = wanted.empty() ? std::string() : fmt::format(", where {} is expected", wanted);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return "it is empty";
  if (byte == 0 || byte > text.size()) return "it ends too early";
  const auto found = static_cast<unsigned char>(text[byte - 1]);
  if (found < 0x20 || found >= 0x7f) return fmt::format("there is a byte 0x{:02x}{}", found, instead);
  return fmt::format("there is {}{}", text[byte - 1], instead);
}

}  // namespace

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
    return fail(ErrorKind::invalid_input, "not JSON (at byte {}): {}", e.byte,
                reason(text, e.byte, e.what()));
  } catch (const nlohmann::json::exception&) {  // a number beyond all bounds
    return fail(ErrorKind::invalid_input, "not JSON that can be read: a number is too large");
  }
}

}  // namespace slipway

template class nlohmann::basic_json<>;
template class nlohmann::detail::serializer<nlohmann::json>;
