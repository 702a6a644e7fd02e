#include "drivers/traffic/haproxy_frontend.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "drivers/telemetry/record.h"

namespace slipway::drivers::haproxy {
namespace {

using core::Target;

// Where this host reaches the target's listener. A port of all addresses is reached at loopback.
std::string reachable_host(const ListenAddress& address) {
  if (address.host.empty() || address.host == "0.0.0.0") return "127.0.0.1";
  return address.host == "::" ? "::1" : address.host;
}

std::string listeners(const core::Routing& routing, const Addresses& without) {
  std::string text;
  if (!without.contains(routing.listen)) text += fmt::format("  bind {}\n", routing.listen);
  if (!routing.preview.empty() && !without.contains(routing.preview))
    text += fmt::format("  bind {} name preview\n", routing.preview);
  return text;
}

std::string log(const telemetry::Endpoint& records) {
  if (records.address.empty()) return {};
  return fmt::format(
      "  option dontlognull\n"
      "  log {} len 1024 format raw local0\n"
      "  log-format {}\n",
      records.address, as_word(telemetry::log_format(records.token)));
}

// A request that may have changed something isn't sent twice.
constexpr std::string_view retrying =
    "  http-request disable-l7-retry unless METH_GET or { method OPTIONS }\n";

// What most requests need most of the time, when one release has all users: one look, and out. A hundredth is
// recorded. As long as a second release plays a part, route.map says "busy", and the rules below decide.
constexpr std::string_view resting =
    R"(  http-request set-var(txn.pool) fe_name,map_str(route.map,busy)
  acl busy var(txn.pool) -m str busy
  acl replaced stopping
  http-request del-header x-slipway-preview if !busy !replaced
)";
constexpr std::string_view recording_at_rest =
    R"(  http-request set-log-level silent
  http-request set-var(txn.now) date(0,ms) if { rand(100) eq 0 }
)";
constexpr std::string_view out_at_rest =
    R"(  acl timed var(txn.now) -m found
  acl marked req.fhdr(x-slipway-onward) -m found
  http-request allow if !busy !timed !marked !replaced
)";

// A worker that a reload has replaced answers one more request on each connection that it has, and HAProxy
// lets nobody tell it of servers by then. It hands the request on to the worker that took its place, with the
// user's address. The target's token says that it was such a worker, and not the user, who named that
// address.
std::string handing_on(const std::string& host) {
  return fmt::format(
      R"(  http-request set-var(txn.token) fe_name,map_str(token.map) if replaced or marked
  acl handed_on req.fhdr(x-slipway-onward),strcmp(txn.token) eq 0
  http-request set-src req.hdr_ip(x-slipway-from) if marked handed_on {{ src {0} }}
  http-request del-header x-slipway-from if marked handed_on
  http-request del-header x-slipway-onward if marked handed_on
  http-request set-header x-slipway-onward %[var(txn.token)] if replaced
  http-request set-header x-slipway-from %[src] if replaced
  http-request set-header x-slipway-preview %[var(txn.token)] if replaced {{ so_name -m str preview }}
  http-request set-log-level silent if replaced
  http-request set-var(txn.pool) fe_name,concat({1}) if replaced
  http-request allow if replaced
)",
      host, onward_suffix);
}

constexpr std::string_view recorded_at_rest =
    R"(  http-request set-var(txn.one_in) int(100) if !busy timed
  http-request set-log-level info if !busy timed
)";
constexpr std::string_view out_at_last =
    R"(  http-request allow if !busy
  http-request set-var(txn.a) fe_name,concat(.a)
  http-request set-var(txn.b) fe_name,concat(.b)
)";

// Who asks for the new release, whatever users are given. The header goes no further: an instance could tell
// by it who looks.
constexpr std::string_view by_token =
    R"(  http-request set-var(txn.token) fe_name,map_str(token.map)
  acl preview_asked req.fhdr(x-slipway-preview),strcmp(txn.token) eq 0
)";
constexpr std::string_view previews =
    R"(  acl preview_asked so_name -m str preview
  http-request set-var(txn.preview) int(1) if preview_asked
  http-request set-var(txn.previewed) fe_name,map_str(preview.map,none) if { var(txn.preview) -m found }
  http-request del-header x-slipway-preview
  http-after-response set-header x-slipway-pool %[be_name] if { var(txn.preview) -m found }
  acl previewing var(txn.previewed),strcmp(txn.a) eq 0
  acl previewing var(txn.previewed),strcmp(txn.b) eq 0
)";

// The key from one place, if it isn't known yet. An empty one doesn't count.
std::string key_from(std::string_view fetch) {
  return fmt::format("  http-request set-var(txn.key) {} if !keyed canary_open\n", as_word(fetch));
}

// A request that nobody is known by is a user of its own.
constexpr std::string_view drawn =
    R"(  http-request set-var(txn.alone) int(1) if !keyed canary_open
  http-request set-var(txn.key) uuid() if !keyed canary_open
)";

// The last address that isn't a trusted proxy's, of at most eight of them in a row.
std::string by_address(const std::vector<std::string>& trusted) {
  constexpr std::size_t in_a_line = 20;  // HAProxy takes 64 words
  constexpr int most_proxies = 8;
  std::string text = "  http-request set-var(txn.client) src if !keyed canary_open\n";
  for (std::size_t i = 0; i < trusted.size(); i += in_a_line) {
    const auto begin = trusted.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = trusted.begin() + static_cast<std::ptrdiff_t>(std::min(i + in_a_line, trusted.size()));
    text += fmt::format("  acl proxied var(txn.client) -m ip {}\n", fmt::join(begin, end, " "));
  }
  if (!trusted.empty()) {
    for (int i = 1; i <= most_proxies; ++i)
      text += fmt::format(
          "  http-request set-var(txn.client) req.hdr_ip(x-forwarded-for,-{}) if !keyed canary_open "
          "proxied\n",
          i);
  }
  return text + "  http-request set-var(txn.key) var(txn.client) if !keyed canary_open\n";
}

// By what a user is known again. Only while a canary has weight: nothing else depends on it, and nobody is
// given a cookie for nothing.
std::string keys(const core::Sticky& sticky) {
  std::string text = "  acl keyed var(txn.key) -m len gt 0\n";
  if (!sticky.cookie.empty()) text += key_from("req.cook(" + as_argument(sticky.cookie) + ")");
  if (!sticky.header.empty()) text += key_from("req.fhdr(" + as_argument(sticky.header) + ")");
  text += key_from("req.cook(slipway_user)");
  // A browser keeps the cookie; a program that doesn't would be another user with each request.
  text +=
      "  acl page req.hdr(accept) -i -m sub text/html\n"
      "  acl fetched_by_browser req.fhdr(sec-fetch-mode) -m found\n"
      "  http-request set-var(txn.fresh) uuid() if !keyed canary_open fetched_by_browser or !keyed "
      "canary_open "
      "METH_GET page\n"
      "  acl fresh var(txn.fresh) -m found\n"
      "  http-request set-var(txn.key) var(txn.fresh) if !keyed fresh\n"
      "  http-after-response add-header set-cookie \"slipway_user=%[var(txn.fresh)]; Path=/; "
      "Max-Age=2592000; "
      "HttpOnly; SameSite=Lax\" if fresh\n";
  return text + (sticky.drawn ? std::string(drawn) : by_address(sticky.trusted_proxies));
}

// Where a request goes, decided anew for each. A user's bucket depends on their key and the deployment alone,
// so within one deployment nobody goes back and forth as the weight rises. A canary without a usable server
// gives its users to stable, and stable to the fallback, if there is one; a preview is never given away.
constexpr std::string_view canary =
    R"(  http-request set-var(txn.pool) fe_name,map_str(stable.map,none)
  http-request set-var(txn.canary) fe_name,map_str(canary.map,none) if !previewing
  http-request set-var(txn.now) date(0,ms)
  acl leased fe_name,map_str_int(lease.map,0),sub(txn.now) gt 0
  acl canary_there var(txn.canary),strcmp(txn.a) eq 0
  acl canary_there var(txn.canary),strcmp(txn.b) eq 0
  http-request set-var(txn.weight) fe_name,map_str_int(weight.map,0) if leased canary_there
  acl canary_open var(txn.weight) -m int gt 0
  http-request set-var(txn.salt) fe_name,map_str(salt.map,none) if canary_open
)";
constexpr std::string_view pool =
    R"(  http-request set-var(txn.session) var(txn.key),concat(,txn.salt),crc32(1) if canary_open
  http-request set-var(txn.below) var(txn.session),mod(10000),sub(txn.weight)
  acl chosen var(txn.below) -m int lt 0
  http-request set-var(txn.stable) var(txn.pool) if chosen
  http-request set-var(txn.pool) var(txn.canary) if chosen
  http-request set-var(txn.pool) var(txn.previewed) if previewing
  acl in_a var(txn.pool),strcmp(txn.a) eq 0
  acl in_b var(txn.pool),strcmp(txn.b) eq 0
  acl a_serves var(txn.a),nbsrv gt 0
  acl b_serves var(txn.b),nbsrv gt 0
  http-request set-var(txn.pool) str(unserved) if !a_serves previewing in_a or !b_serves previewing in_b
  http-request set-var(txn.pool) var(txn.stable) if !a_serves chosen in_a or !b_serves chosen in_b
  http-request set-var(txn.pool) var(txn.b) if !a_serves b_serves in_a !previewing { fe_name,map_str(fallback.map,none),strcmp(txn.b) eq 0 }
  http-request set-var(txn.pool) var(txn.a) if !b_serves a_serves in_b !previewing { fe_name,map_str(fallback.map,none),strcmp(txn.a) eq 0 }
)";

// All of the canary's requests; of the others as many as the map says, whoever asks, and beside them all of
// as many sessions (log_format() says which: the reader decides alike). All, and none to bet with, of
// previews, and while a pool has no server, since the other one has its users too. `rand` is uniform over
// 100, and so is its remainder for the rates there are, which divide 100; the remainder of 0 is 0.
constexpr std::string_view recording =
    R"(  http-request set-var(txn.rate) fe_name,map_str_int(rate.map,100)
  http-request set-var(txn.one_in) var(txn.rate)
  http-request set-var(txn.one_in) int(1) if chosen
  http-request set-var(txn.one_in) int(0) if previewing or !a_serves or !b_serves
  http-request set-var(txn.drawn) rand(100),mod(txn.one_in)
  acl drawn var(txn.drawn) -m int eq 0
  acl whole var(txn.session),div(10000),mod(100),mul(txn.one_in) lt 100
  acl alone var(txn.alone) -m found
  http-request set-log-level info if drawn or whole !alone
)";

// What no pool gets isn't anybody's experience of a release.
constexpr std::string_view unrecorded = "  http-request set-log-level silent\n";
constexpr std::string_view answers =
    R"(  http-request set-var(txn.target) fe_name,regsub([.],/)
  http-request return status 503 content-type text/plain hdr Cache-Control no-store lf-string "%[var(txn.target)] isn't deployed yet.\n" if { var(txn.pool) -m str none }
  http-request return status 503 content-type text/plain hdr Cache-Control no-store lf-string "%[var(txn.target)]: the new release has no instance that answers.\n" if { var(txn.pool) -m str unserved }
)";

}  // namespace

std::string users_rules(const Route& route, const telemetry::Endpoint& records) {
  const ListenAddress address = parse_listen(route.routing.listen).value_or(ListenAddress{});
  const bool recorded = !records.address.empty();
  std::string rules = log(records);
  rules += retrying;
  rules += resting;
  if (recorded) rules += recording_at_rest;
  rules += out_at_rest;
  if (!route.preview_token.empty()) rules += handing_on(reachable_host(address));
  if (recorded) rules += recorded_at_rest;
  rules += out_at_last;
  if (!route.preview_token.empty()) rules += by_token;
  rules += previews;
  rules += canary;
  rules += keys(route.routing.sticky);
  rules += pool;
  if (recorded) rules += recording;
  rules += "  http-request allow if in_a or in_b\n";
  if (recorded) rules += unrecorded;
  rules += answers;
  return rules;
}

std::string frontend(const Target& target, const Route& route, const std::string& rules,
                     const Addresses& without) {
  const ListenAddress address = parse_listen(route.routing.listen).value_or(ListenAddress{});
  std::string text = fmt::format("\nfrontend {} from {}\n", frontend_name(target), rules);
  text += listeners(route.routing, without);
  text += "  use_backend %[var(txn.pool)]\n";
  if (!route.preview_token.empty()) {
    // An idle connection may lead to a worker that ends as a request is sent on it.
    text += fmt::format("\nbackend {} from {}\n  http-reuse never\n  server next [{}]:{}\n",
                        onward_name(target), base_name, reachable_host(address), address.port);
  }
  return text;
}

}  // namespace slipway::drivers::haproxy
