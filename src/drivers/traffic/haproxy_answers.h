#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "drivers/traffic/haproxy_names.h"

// What HAProxy says on its sockets, read. Pure, and safe on any bytes: what isn't as HAProxy 2.6 writes it is
// an `unavailable` that quotes the answer's beginning.
namespace slipway::drivers::haproxy {

// `show info`, of one worker.
struct Info {
  int pid = 0;
  std::string description;  // what our configuration says of itself
  bool stopping = false;    // replaced by a reload: finishing what it has
  int connections = 0;      // of clients, on its sockets too
};
Result<Info> parse_info(std::string_view text);

// A line of `show stat`.
struct StatRow {
  std::string proxy;
  std::string server;          // or FRONTEND, BACKEND
  std::string status;          // "UP", "DOWN", "OPEN", "MAINT", "UP 1/2"…
  std::int64_t in_flight = 0;  // requests (WebSockets too) that it holds now, without those queued
  std::int64_t queued = 0;
  std::int64_t active = 0;  // of a backend: servers that are up
  // `req_tot`: of a backend, requests whose record, if there is one, is written; of a server, answers of
  // which the headers were there.
  std::int64_t requests = 0;
  std::int64_t started = 0;  // `stot`: requests that it was given, once for each try, on kept connections too
  // Tries that no answer came of: refused, broken off, timed out, tried again, left by the client. At least:
  // one may be counted twice, or had its answer.
  std::int64_t failed = 0;
};
Result<std::vector<StatRow>> parse_stat(std::string_view text);

// A server in use, as `show stat` has it.
struct ServerRow {
  std::string backend;
  std::string server;
  int port = 0;
  std::optional<bool> up;  // nothing: its check hasn't decided yet
  std::string detail;      // "status 400", "connection refused": why it is down
};
Result<std::vector<ServerRow>> parse_servers(std::string_view text);

// `get map FILE KEY`: the key's value; nothing where the map doesn't have it.
Result<std::optional<std::string>> parse_map_entry(std::string_view text);

// A line of `show servers state`.
struct ServerState {
  std::string backend;
  std::string server;
  std::string address;
  int port = 0;
  int operational = 0;   // 2 is running
  unsigned admin = 0;    // bits: maintenance 0x03, drain 0x18
  int weight = 1;        // 0: it is given no new requests
  int check_health = 0;  // 0: down; 2, with our rise and fall: its last check passed
  bool up() const { return operational == 2 && ready(); }
  bool ready() const { return (admin & 0x1BU) == 0; }
  bool was_found_up() const { return up() && check_health >= 2; }
  bool operator==(const ServerState&) const = default;
};
Result<std::vector<ServerState>> parse_servers_state(std::string_view text);

// A line of HAProxy's output, as it begins, on an address that it can't listen at: that address.
std::optional<ListenAddress> unbindable_in(std::string_view line);

// The first two numbers of `haproxy -v`'s first line; nothing where it isn't HAProxy's.
std::optional<std::pair<int, int>> version_in(std::string_view line);

}  // namespace slipway::drivers::haproxy
