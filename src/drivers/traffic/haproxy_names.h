#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/effect.h"

// How targets, pools and instances are called in HAProxy. Pure.
namespace slipway::drivers::haproxy {

// Names that HAProxy takes as they are, different for every target: "shop.production", "shop.production.a".
// The frontend's is the target's key in the maps.
std::string frontend_name(const core::Target& target);
std::string backend_name(const core::Target& target, core::Pool pool);
// The backend by which a worker that was replaced hands requests on: the frontend's name and this.
inline constexpr std::string_view onward_suffix = ".onward";
std::string onward_name(const core::Target& target);
// "s2" is the slot of the deployment's second instance: an instance keeps its slot for as long as it lives.
std::string slot_name(int slot);
// 2 of "s2"; nothing of what isn't a slot's name, such as BACKEND.
std::optional<int> slot_of(std::string_view name);

// A request with the target's token in this header is ours, and the answer to it says which pool it came
// from: the backend's name.
inline constexpr std::string_view preview_header = "x-slipway-preview";
inline constexpr std::string_view pool_header = "x-slipway-pool";

// The section of what all proxies have in common.
inline constexpr std::string_view base_name = "base";

// The value that stands for no pool.
inline constexpr std::string_view no_pool = "none";
// In route.map: two releases play a part, and each request is looked at closely.
inline constexpr std::string_view busy_route = "busy";

struct ListenAddress {
  std::string host;  // without brackets; empty: all addresses
  int port = 0;
};

// The text as one word of the configuration, whatever is in it.
std::string as_word(std::string_view text);
// The text as an argument in the parentheses of a fetch or a converter; what holds it must be quoted again.
std::string as_argument(std::string_view text);

}  // namespace slipway::drivers::haproxy
