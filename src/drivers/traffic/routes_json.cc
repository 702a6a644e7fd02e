#include "drivers/traffic/routes_json.h"

#include "core/json.h"

namespace slipway::drivers::haproxy {
namespace {

constexpr int routes_format = 1;

Status validate_token(std::string_view token) {
  if (token.find_first_not_of("0123456789abcdef") == std::string_view::npos) return {};
  return fail(ErrorKind::invalid_input, "a preview_token isn't hexadecimal");
}

}  // namespace

std::string encode_route(const core::Target& target, const Route& route) {
  return Json{{"target", target}, {"routing", route.routing}, {"preview_token", route.preview_token}}.dump();
}

std::string encode_routes(const std::vector<std::string>& entries) {
  return fmt::format("{{\n \"format\": {},\n \"routes\": [\n  {}\n ]\n}}\n", routes_format,
                     fmt::join(entries, ",\n  "));
}

Result<Routes> decode_routes(const Json& json) {
  if (!json.is_object() || !json.contains("routes") || !json["routes"].is_array() ||
      !json.contains("format")) {
    return fail(ErrorKind::invalid_input, "it has no routes");
  }
  if (json["format"] != routes_format) {
    return fail(ErrorKind::invalid_input, "it is of format {}, this program writes {}: use the newer Slipway",
                json["format"].dump(), routes_format);
  }
  Routes routes;
  for (const Json& entry : json["routes"]) {
    if (!entry.is_object() || !entry.contains("target") || !entry.contains("routing")) {
      return fail(ErrorKind::invalid_input, "an entry has no target or no routing");
    }
    TRY(auto target, decode<core::Target>(entry["target"], "target"));
    TRY(auto routing, decode<core::Routing>(entry["routing"], "routing"));
    Route& route = routes[std::move(target)];
    route.routing = std::move(routing);
    // Earlier programs wrote none.
    if (entry.contains("preview_token")) {
      TRY(route.preview_token, decode<std::string>(entry["preview_token"], "preview_token"));
      TRY_VOID(validate_token(route.preview_token));
    }
  }
  TRY_VOID(validate(routes));
  return routes;
}

}  // namespace slipway::drivers::haproxy
