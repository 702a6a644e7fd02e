#include "drivers/traffic/haproxy_config.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <set>

#include "base/digest.h"
#include "drivers/probe/request.h"
#include "drivers/traffic/haproxy_frontend.h"
#include "drivers/traffic/haproxy_names.h"

namespace slipway::drivers::haproxy {
namespace {

using core::Pool;
using core::Routing;
using core::Target;

constexpr int most_slots = 4096;

// A pool has at least so many slots, so that growing a little is no reload.
constexpr int least_slots = 8;

// A path as HAProxy's configuration takes it unquoted, and as a request line may hold it.
std::string escaped_path(std::string_view path) {
  constexpr std::string_view plain = "-._~/?&=%+:@,";
  std::string result = path.starts_with('/') ? "" : "/";
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

constexpr std::string_view defaults = R"(
defaults base
  mode http
  no log
  option forwardfor
  # A deployment's bad answers must be seen: only a connection that fails is tried again, never a status. Once, and on
  # another server where there is one: a request that ends the program that it comes to isn't handed from one to the next.
  retries 1
  option redispatch 1
  retry-on conn-failure empty-response
  http-reuse safe
  # Without it a reload closes idle connections in the moment that a request arrives on them.
  option idle-close-on-response
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  timeout queue 5s
  timeout http-request 10s
  timeout http-keep-alive 10s
)";

// Of all targets' pools a, or b.
std::string pool_section(Pool pool) {
  return pool == Pool::a ? "pools.a" : "pools.b";
}

std::string pool_defaults(Pool pool) {
  return fmt::format(R"(
defaults {} from {}
  http-request set-var(txn.size) fe_name,map_str_int(size_{}.map,0)
  balance roundrobin
  # A server that was named is used though it is down: see use-server.
  option persist
  option httpchk
  # A connection that fails has the next checks come at once: they say whether the server is down.
  default-server fastinter 50ms fall 2 rise 1 observe layer4 error-limit 1 on-error fastinter
)",
                     pool_section(pool), base_name, pool == Pool::a ? 'a' : 'b');
}

std::string global(const std::string& description, const std::optional<Owner>& owner) {
  std::string text = fmt::format(
      "# Written by Slipway from what was applied; changes made here are lost.\n"
      "global\n"
      "  description {}\n"
      "  stats socket unix@runtime.sock mode 600 level admin expose-fd listeners\n"
      "  stats timeout 1m\n"
      "  stats maxconn 200\n"
      "  nbthread 1\n"
      // HAProxy's own client, which nothing here uses, would read all certificates there are at each start:
      // 40 ms.
      "  httpclient.ssl.verify none\n"
      "  fd-hard-limit 50000\n"
      // After a reload a release waits for its first checks, however many other servers there are.
      "  max-spread-checks 200\n"
      "  hard-stop-after 24h\n",
      as_word(description));
  if (owner) text += fmt::format("  uid {}\n  gid {}\n", owner->uid, owner->gid);
  return text;
}

// The prober's request, but for the order of its headers. What runs since before there was a `host` is asked
// as it was.
std::string health_headers(const core::PoolRouting& asked) {
  if (asked.health_host.empty()) return "hdr Host localhost";
  return fmt::format("hdr Host {} hdr User-Agent {} hdr Accept {}", as_word(asked.health_host),
                     as_word(probe_user_agent), as_word(probe_accepts));
}

// Where an instance is missing, what ended it may be this very request: it isn't sent again. Where too few of
// the servers in use are up, each of them gets its share, up or not: slots are in use from the first on.
std::string rules_for_missing_servers(const std::string& name, const core::PoolRouting& asked) {
  std::string text = fmt::format(
      "  http-request set-var(txn.short) int(1) if {{ nbsrv({}),sub(txn.size) lt 0 }}\n"
      "  acl short var(txn.short) -m found\n"
      "  http-request disable-l7-retry if short\n",
      name);
  if (asked.panic == 0) return text;
  return text + fmt::format(
                    "  use-server s%[rand(1000000),mod(txn.size),add(1)] if short {{ "
                    "nbsrv({}),mul(100),div({}),sub(txn.size) lt 0 }}\n",
                    name, std::clamp(asked.panic, 1, 100));
}

// The proxy looks at the status alone; what an answer says is the prober's to judge.
std::string backend(const Target& target, const Routing& routing, Pool pool) {
  constexpr Duration least{10};
  const core::PoolRouting& asked = routing.pool(pool);
  std::string text = fmt::format(
      "\n"
      "backend {} from {}\n"
      "  timeout check {}ms\n"
      "  http-check send meth GET uri {} ver HTTP/1.1 {}\n"
      "  http-check expect status {}\n"
      "  default-server inter {}ms\n",
      backend_name(target, pool), pool_section(pool), std::max(asked.health_timeout, least).count(),
      escaped_path(asked.health_path), health_headers(asked),
      asked.health_status ? std::to_string(*asked.health_status) : "200-399",
      std::max(asked.health_interval, least).count());
  text += rules_for_missing_servers(backend_name(target, pool), asked);
  std::map<int, core::Server> servers;
  for (const core::Server& server : routing.pool(pool).servers) servers[server.instance.ordinal] = server;
  for (int slot = 1; slot <= slots(routing); ++slot) {
    const auto server = servers.find(slot);
    if (server != servers.end()) {
      text += fmt::format("  server {} 127.0.0.1:{} check{}\n", slot_name(slot), server->second.port,
                          server->second.refused ? " weight 0" : "");
    } else {
      text += fmt::format("  server {} 127.0.0.1:1 check disabled\n", slot_name(slot));
    }
  }
  return text;
}

std::string pool_value(const Target& target, const std::optional<Pool>& pool) {
  return pool ? backend_name(target, *pool) : std::string(no_pool);
}

Status validate_pool(const Target& target, const std::vector<core::Server>& servers) {
  std::set<int> taken;
  for (const core::Server& server : servers) {
    if (server.port < 1 || server.port > 65'535) {
      return fail(ErrorKind::invalid_input, "{}: instance {} has no port", target.text(),
                  server.instance.text());
    }
    if (server.instance.ordinal < 1 || server.instance.ordinal > most_slots) {
      return fail(ErrorKind::invalid_input, "{}: a pool has at most {} instances; {} is beyond",
                  target.text(), most_slots, server.instance.text());
    }
    if (!taken.insert(server.instance.ordinal).second) {
      return fail(ErrorKind::invalid_input,
                  "{}: two instances want server slot {}; a pool belongs to one deployment at a time",
                  target.text(), slot_name(server.instance.ordinal));
    }
  }
  return {};
}

// A cookie's or a header's name, or none.
Status validate_name(const Target& target, std::string_view name) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || others.find(c) != std::string_view::npos) continue;
    return fail(ErrorKind::invalid_input, "{}: \"{}\" isn't the name of a cookie or a header", target.text(),
                name);
  }
  return {};
}

Status validate_networks(const Target& target, const std::vector<std::string>& networks) {
  for (const std::string& network : networks) {
    if (!network.empty() && network.find_first_not_of("0123456789abcdefABCDEF:./") == std::string::npos)
      continue;
    return fail(ErrorKind::invalid_input, "{}: \"{}\" isn't an address or a network", target.text(), network);
  }
  return {};
}

}  // namespace

std::vector<std::string> listeners_of(const Routing& routing) {
  std::vector<std::string> listeners{routing.listen};
  if (!routing.preview.empty()) listeners.push_back(routing.preview);
  return listeners;
}

int slots(const Routing& routing) {
  int wanted = std::max(least_slots, std::min(routing.slots, most_slots));
  for (const auto* pool : {&routing.a, &routing.b}) {
    for (const core::Server& server : pool->servers) wanted = std::max(wanted, server.instance.ordinal);
  }
  return static_cast<int>(std::bit_ceil(static_cast<unsigned>(wanted)));
}

Status validate(const Routes& routes) {
  std::map<std::pair<std::string, int>, Target> listeners;
  for (const auto& [target, route] : routes) {
    for (const std::string& listener : listeners_of(route.routing)) {
      TRY(const ListenAddress address, parse_listen(listener));
      const auto [other, fresh] = listeners.try_emplace({address.host, address.port}, target);
      if (fresh) continue;
      return fail(ErrorKind::conflict,
                  "{}: {} is the listener of {} already; give one of them another address", target.text(),
                  listener, other->second.text());
    }
    TRY_VOID(validate_name(target, route.routing.sticky.cookie));
    TRY_VOID(validate_name(target, route.routing.sticky.header));
    TRY_VOID(validate_networks(target, route.routing.sticky.trusted_proxies));
    TRY_VOID(validate_pool(target, route.routing.a.servers));
    TRY_VOID(validate_pool(target, route.routing.b.servers));
  }
  return {};
}

std::map<std::string, std::string> map_values(const Target& target, const Route& route) {
  const Routing& routing = route.routing;
  const bool busy = !routing.stable || routing.canary || routing.fallback || routing.previewed;
  return {
      {"route.map", busy ? std::string(busy_route) : pool_value(target, routing.stable)},
      {"stable.map", pool_value(target, routing.stable)},
      {"canary.map", pool_value(target, routing.canary)},
      {"fallback.map", pool_value(target, routing.fallback)},
      {"weight.map", std::to_string(routing.canary ? std::clamp(routing.weight, 0, 100) * 100 : 0)},
      {"lease.map", std::to_string(routing.canary ? route.lease.time_since_epoch().count() : 0)},
      {"preview.map", pool_value(target, routing.previewed)},
      {"rate.map", std::to_string(route.one_in)},
      {"size_a.map", std::to_string(routing.a.servers.size())},
      {"size_b.map", std::to_string(routing.b.servers.size())},
      {"salt.map", sha256_hex(routing.salt).substr(0, 16)},
      {"token.map", route.preview_token.empty() ? std::string(no_pool) : route.preview_token},
  };
}

Route structure_of(const Route& route) {
  Route structure{.routing = route.routing, .preview_token = route.preview_token};
  core::Routing& routing = structure.routing;
  routing.slots = slots(route.routing);
  routing.a.servers.clear();
  routing.b.servers.clear();
  // What stands in the maps.
  routing.stable = routing.canary = routing.fallback = routing.previewed = std::nullopt;
  routing.weight = 0;
  routing.lease = Duration{};
  routing.salt.clear();
  return structure;
}

std::string preamble(const std::string& description, const Installation& installation) {
  return global(description, installation.owner).append(defaults) + pool_defaults(Pool::a) +
         pool_defaults(Pool::b);
}

Section section(const Target& target, const Route& route, const Installation& installation,
                const Addresses& without) {
  const std::string rules = users_rules(route, installation.records);
  const std::string name = "users." + sha256_hex(rules).substr(0, 16);
  return {.rules = fmt::format("\ndefaults {} from {}\n{}", name, base_name, rules),
          .own = frontend(target, route, name, without) + backend(target, route.routing, Pool::a) +
                 backend(target, route.routing, Pool::b)};
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorKind::invalid_input, "\"{}\" isn't an address to listen at: write it as 127.0.0.1:8080",
                text);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  const std::string_view digits = text.substr(colon + 1);
  ListenAddress address;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc() || end != digits.data() + digits.size() || address.port < 1 ||
      address.port > 65'535) {
    return wrong();
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.empty() || host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
      return wrong();
  } else if (host == "*") {
    host = "";
  } else {
    for (const char c : host) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!plain && c != '.' && c != '-') return wrong();
    }
  }
  address.host = host;
  return address;
}

}  // namespace slipway::drivers::haproxy
