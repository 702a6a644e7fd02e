#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/effect.h"
#include "drivers/telemetry/endpoint.h"
#include "drivers/traffic/haproxy_names.h"

// What HAProxy reads of a target, as text made from what was applied. Pure.
namespace slipway::drivers::haproxy {

struct Route {
  core::Routing routing;
  Time lease{};               // the canary may be reached until then
  std::string preview_token;  // 32 hexadecimal digits that ask for a preview; empty: nothing does
  int one_in = 100;           // of stable's requests are recorded
  bool operator==(const Route&) const = default;
};
using Routes = std::map<core::Target, Route>;
using Addresses = std::set<std::string>;  // as they stand in `listen`

// Whom HAProxy's worker runs as.
struct Owner {
  unsigned uid = 0;
  unsigned gid = 0;
};

// What is the same for all routes.
struct Installation {
  std::optional<Owner> owner;
  telemetry::Endpoint records;  // where each request's record goes
};

// Server slots of each pool: 8, 16, 32 …
int slots(const core::Routing& routing);

// Where it is reached: users' address, and the preview's if there is one.
std::vector<std::string> listeners_of(const core::Routing& routing);

// Why the routes can't be: invalid_input (an address that isn't one, two servers for a slot, a port out of
// range, a cookie's or header's name that isn't one, a network that isn't one), conflict (two listeners at
// one address).
Status validate(const Routes& routes);

// A target's entry in each map: file → value; its key is the name of the target's frontend. The files are
// route.map (the pool, while one release has all users, or busy_route: then the others are looked at),
// stable.map, canary.map, weight.map (of 10000), lease.map (milliseconds since 1970), salt.map, fallback.map,
// preview.map (who answers previews), rate.map (one in how many of stable's requests is recorded), size_a.map
// and size_b.map (how many servers a pool is to have), token.map (that asks for a preview).
std::map<std::string, std::string> map_values(const core::Target& target, const Route& route);

// What of a route can't be changed without a reload. Two routes of a target that have the same need none.
Route structure_of(const Route& route);

// What haproxy.cfg begins with. The running HAProxy says the description.
std::string preamble(const std::string& description, const Installation& installation);

// The target's part of haproxy.cfg, which doesn't listen at the addresses `without`.
struct Section {
  std::string rules;  // a section that other targets may have too; it comes once, before all that use it
  std::string own;
};
Section section(const core::Target& target, const Route& route, const Installation& installation,
                const Addresses& without = {});

// "127.0.0.1:8080", "[::1]:8080", ":8080", "*:8080".
Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace slipway::drivers::haproxy
