#include "drivers/traffic/haproxy_change.h"

namespace slipway::drivers::haproxy {
namespace {

using core::Pool;
using core::Target;

// The address of slots without an instance, as the configuration has it.
constexpr int no_port = 1;

using BySlot = std::map<std::string, core::Server>;

BySlot by_slot(const std::vector<core::Server>& servers) {
  BySlot slots;
  for (const core::Server& server : servers) slots[slot_name(server.instance.ordinal)] = server;
  return slots;
}

bool serves(const ServerState& server, int port) {
  return server.ready() && server.address == "127.0.0.1" && server.port == port;
}

// 0: it keeps what it has, and is given nothing new.
int weight_of(const core::Server& server) {
  return server.refused ? 0 : 1;
}

// The slots of one pool: those to be filled before users come, those to be freed once they are gone.
void change_pool(const Target& target, Pool pool, const Held& held, const Route& wanted,
                 std::vector<std::string>& fill, std::vector<std::string>& free) {
  const BySlot slots = by_slot(wanted.routing.pool(pool).servers);
  for (const ServerState& server : pool == Pool::a ? held.a : held.b) {
    const std::string name = backend_name(target, pool) + "/" + server.server;
    const auto slot = slots.find(server.server);
    if (slot == slots.end()) {
      if (server.ready()) free.push_back(fmt::format("set server {} state maint", name));
      continue;
    }
    const auto& [port, weight] = std::pair(slot->second.port, weight_of(slot->second));
    if (server.weight != weight) fill.push_back(fmt::format("set server {} weight {}", name, weight));
    if (serves(server, port)) continue;
    // A slot that was in use is given to another instance. Out of maintenance it counts as up until its first
    // check, which may say otherwise: its instance was found healthy before it came here.
    if (server.ready()) fill.push_back(fmt::format("set server {} state maint", name));
    fill.push_back(fmt::format("set server {} addr 127.0.0.1 port {}", name, port));
    fill.push_back(fmt::format("set server {} state ready", name));
  }
}

std::vector<std::string> map_changes(const Held& held, const Target& target, const Route& wanted) {
  const auto values = map_values(target, wanted);
  std::vector<std::string> commands;
  const auto holds = [&](const std::string& file, const std::string& value) {
    const auto entry = held.values.find(file);
    return entry == held.values.end() || entry->second == value;  // where there is no entry, none can be set
  };
  const auto set_to = [&](const std::string& file, const std::string& value) {
    commands.push_back(fmt::format("set map {} {} {}", file, frontend_name(target), value));
  };
  const auto set = [&](const std::string& file) {
    if (!holds(file, values.at(file))) set_to(file, values.at(file));
  };
  // While one release has all users the other maps aren't asked. So they are from before the first of them
  // changes until after the last one.
  set("token.map");
  set("size_a.map");
  set("size_b.map");
  const bool busy = values.at("route.map") == busy_route;
  if (busy) set("route.map");
  set("stable.map");
  set("fallback.map");
  set("preview.map");
  set("rate.map");
  const bool other_canary =
      !holds("canary.map", values.at("canary.map")) || !holds("salt.map", values.at("salt.map"));
  if (!wanted.routing.canary) {
    set("canary.map");
    set("weight.map");
    set("lease.map");
    set("salt.map");
    if (!busy) set("route.map");
    return commands;
  }
  if (other_canary && !holds("weight.map", "0")) set_to("weight.map", "0");
  set("salt.map");
  set("canary.map");
  set("lease.map");
  if (other_canary && held.values.contains("weight.map")) {
    set_to("weight.map", values.at("weight.map"));
  } else {
    set("weight.map");
  }
  return commands;
}

std::optional<std::string> pool_difference(const Target& target, Pool pool, const Held& held,
                                           const Route& wanted) {
  BySlot slots = by_slot(wanted.routing.pool(pool).servers);
  for (const ServerState& server : pool == Pool::a ? held.a : held.b) {
    const auto slot = slots.find(server.server);
    if (slot == slots.end()) {
      if (!server.ready()) continue;
      return fmt::format("server {}/{} takes requests, and should not", backend_name(target, pool),
                         server.server);
    }
    if (!serves(server, slot->second.port)) {
      return fmt::format("server {}/{} is {}:{} and {}, not ready at port {}", backend_name(target, pool),
                         server.server, server.address, server.port == no_port ? 0 : server.port,
                         server.ready() ? "ready" : "put away", slot->second.port);
    }
    if (server.weight != weight_of(slot->second))
      return fmt::format("server {}/{} has the weight {}, not {}", backend_name(target, pool), server.server,
                         server.weight, weight_of(slot->second));
    slots.erase(slot);
  }
  if (slots.empty()) return std::nullopt;
  return fmt::format("there is no server {}/{}", backend_name(target, pool), slots.begin()->first);
}

}  // namespace

std::vector<std::string> changes(const Held& held, const Target& target, const Route& wanted) {
  std::vector<std::string> commands, free;
  change_pool(target, Pool::a, held, wanted, commands, free);
  change_pool(target, Pool::b, held, wanted, commands, free);
  const std::vector<std::string> maps = map_changes(held, target, wanted);
  commands.insert(commands.end(), maps.begin(), maps.end());
  commands.insert(commands.end(), free.begin(), free.end());
  return commands;
}

std::optional<std::string> difference(const Held& held, const Target& target, const Route& wanted) {
  for (const auto& [file, value] : map_values(target, wanted)) {
    if (file == "lease.map" || file == "rate.map") continue;
    const auto entry = held.values.find(file);
    const std::string_view has = entry == held.values.end() ? std::string_view("nothing") : entry->second;
    if (has == value) continue;
    if (file == "token.map") return fmt::format("{} says another token for {}", file, target.text());
    return fmt::format("{} says {} for {}, not {}", file, has, target.text(), value);
  }
  if (auto difference = pool_difference(target, Pool::a, held, wanted)) return difference;
  return pool_difference(target, Pool::b, held, wanted);
}

}  // namespace slipway::drivers::haproxy
