#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "core/effect.h"

// What HAProxy reads, as text made from what was applied. Pure.
namespace slipway::drivers::haproxy {

struct Route {
  core::Routing routing;
  Time lease{};  // the canary may be reached until then
  bool operator==(const Route&) const = default;
};
using Routes = std::map<core::Target, Route>;

// Whom HAProxy's worker runs as.
struct Owner {
  unsigned uid = 0;
  unsigned gid = 0;
};

// Names that HAProxy takes as they are, different for every target: "shop.production", "shop.production.a".
std::string frontend_name(const core::Target& target);
std::string backend_name(const core::Target& target, core::Pool pool);
// "s2" is the slot of the deployment's second instance: an instance keeps its slot for as long as it lives.
std::string slot_name(int slot);
// Server slots of each pool: 8, 16, 32 …
int slots(const core::Routing& routing);

// Why the routes can't be: invalid_input (an address that isn't one, two servers for a slot, a port out of
// range), conflict (two targets listening at one address).
Status validate(const Routes& routes);

// A target's entry in each map: file → value. The files are stable.map, canary.map, weight.map (of 10000),
// lease.map (milliseconds since 1970) and salt.map.
std::map<std::string, std::string> map_values(const core::Target& target, const Route& route);

// The value that stands for no pool.
inline constexpr std::string_view no_pool = "none";

// "shop/production", in a form that HAProxy's maps and commands take as one word.
std::string map_key(const core::Target& target);

// Changes exactly when a running HAProxy can't be brought to these routes without a reload. It is in the
// configuration as the process's description, so that a running HAProxy says which one it has.
std::string structure_mark(const Routes& routes, const std::optional<Owner>& owner);

// Everything: file → content, haproxy.cfg and the maps. Paths in it are relative to their folder.
std::map<std::string, std::string> files(const Routes& routes, const std::optional<Owner>& owner);

struct ListenAddress {
  std::string host;  // without brackets; empty: all addresses
  int port = 0;
};
// "127.0.0.1:8080", "[::1]:8080", ":8080", "*:8080".
Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace slipway::drivers::haproxy
