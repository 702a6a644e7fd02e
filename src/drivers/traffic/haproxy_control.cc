#include "drivers/traffic/haproxy_control.h"

#include <random>

#include "os/clock.h"

namespace slipway::drivers::haproxy {
namespace {

using core::Outcome;
using core::Pool;
using core::Target;

constexpr Duration between_looks{20};
constexpr Duration longest_reload{20'000};  // see Process::await_structure

}  // namespace

std::string random_token() {
  std::random_device random;
  std::string token;
  for (int i = 0; i < 4; ++i) token += fmt::format("{:08x}", random());
  return token;
}

Control::Place& Control::place_of(const Target& target) {
  const std::scoped_lock lock(places_mutex_);
  return places_[target];
}

// Notes it as the newest, unless there is a newer one: the last that was decided is what is to be, in
// whichever order threads get there.
Status Control::check_newest(const core::EffectId& id) {
  const std::scoped_lock lock(places_mutex_);
  core::EffectId& newest = places_[id.target].newest;
  if (newest.target == id.target && id < newest)
    return fail(ErrorKind::unavailable, "another routing was asked for since");
  newest = id;
  return {};
}

// While a reload is under way users can be told by what HAProxy has, and by what it is to have.
bool Control::takes_a_reload(const Route& wanted, const Target& target, const Place& place) const {
  const Route structure = structure_of(wanted);
  if (place.is_being_replaced && place.before && structure_of(*place.before) == structure) return false;
  const auto known = table_.find(target);
  return !known || structure_of(*known) != structure;
}

bool Control::takes_a_reload(const Target& target, const core::Routing& routing) {
  const auto known = table_.find(target);
  if (!known) return true;
  Place& place = place_of(target);
  const std::unique_lock lock(place.changing, std::try_to_lock);
  return lock && takes_a_reload({.routing = routing, .preview_token = known->preview_token}, target, place);
}

Status Control::apply(const core::EffectId& id, const core::Routing& routing) {
  const Target& target = id.target;
  TRY_VOID(check_newest(id));
  Place& place = place_of(target);
  std::unique_lock lock(place.changing);
  TRY_VOID(check_newest(id));
  const auto known = table_.find(target);
  Wish wish{.id = id, .target = target, .route = {.routing = routing}};
  wish.route.preview_token = known && !known->preview_token.empty() ? known->preview_token : random_token();
  if (routing.canary) wish.route.lease = os::wall_now() + routing.lease;
  TRY_VOID(validate({{target, wish.route}}));
  if (!takes_a_reload(wish.route, target, place)) {
    // Written first: a HAProxy that ends while it is being changed comes back changed.
    TRY_VOID(table_.put({{target, wish.route}}));
    if (settle(target)) return table_.keep();
    // It doesn't run, or has another configuration.
  }
  lock.unlock();
  TRY_VOID(fulfil(wish));
  return table_.keep();
}

// Never waits for the master. Workers that were replaced hand requests on, and needn't be told.
Status Control::settle(const Target& target) {
  while (true) {
    const auto wanted = table_.find(target);
    if (!wanted) return {};
    TRY_VOID(converge(process_.current(), target, *wanted));
    // A renewal in between was perhaps told before what was older than it.
    if (table_.find(target) == wanted) return {};
  }
}

bool Control::holds(const Target& target, const core::Routing& routing) {
  const Routes routes = table_.all();
  const auto entry = routes.find(target);
  if (entry == routes.end() || entry->second.routing != routing) return false;
  const auto info = process_.info();
  if (!info || !Process::has(*info, folder_.mark(routes))) return false;
  const auto there = held(process_.current(), target);
  return there && !difference(*there, target, entry->second);
}

std::vector<core::InstanceName> Control::unchecked(const Target& target, const core::Routing& routing) {
  std::vector<core::InstanceName> unchecked;
  const auto there = held(process_.current(), target);
  for (const Pool pool : {Pool::a, Pool::b}) {
    const auto found_up = [&](const core::Server& server) {
      const std::string slot = slot_name(server.instance.ordinal);
      return there && std::ranges::any_of(pool == Pool::a ? there->a : there->b, [&](const ServerState& s) {
               return s.server == slot && s.port == server.port && s.was_found_up();
             });
    };
    for (const core::Server& server : routing.pool(pool).servers)
      if (!found_up(server)) unchecked.push_back(server.instance);
  }
  return unchecked;
}

Result<int> Control::in_flight(const Target& target, Pool pool) {
  if (reloading_) return fail(ErrorKind::unavailable, "HAProxy is being reloaded");
  const auto current = haproxy::in_flight(process_.current(), target, pool);
  // Where no HAProxy runs, nothing can be in flight.
  if (!current && current.error().kind == ErrorKind::not_found) return 0;
  TRY(int sum, current);
  for (const Replaced::Worker& worker : process_.replaced().all()) {
    const auto its = haproxy::in_flight(worker.line, target, pool);
    if (!its && its.error().kind == ErrorKind::not_found) continue;  // it has ended
    TRY(const int count, its);
    sum += count;
  }
  return sum;
}

Result<std::vector<Counters>> Control::counters(const std::vector<Target>& targets) {
  std::vector<Counters> all;
  TRY(Counters current, haproxy::counters(process_.current(), targets));
  all.push_back(std::move(current));
  for (const Replaced::Worker& worker : process_.replaced().all()) {
    if (!worker.in_touch) continue;
    // One that has ended meanwhile is in no count from here.
    if (auto its = haproxy::counters(worker.line, targets)) all.push_back(std::move(*its));
  }
  return all;
}

Outcome Control::drain(const Target& target, const core::AwaitDrained& wait) {
  Outcome outcome;
  // The worker that it begins may have sent users there until it is over: their requests have all their time.
  await(longest_reload, between_looks, [&] { return !reloading_; });
  await(wait.at_most, between_looks, [&] {
    const auto left = in_flight(target, wait.pool);
    outcome.in_flight = left.value_or(outcome.in_flight);
    outcome.message = left ? "" : left.error().message;
    return left && *left == 0;
  });
  return outcome;
}

Status Control::renew(const Target& target, Time until) {
  TRY(std::optional<Route> route, table_.renew(target, until));
  // The table may have a promotion already that waits for its reload.
  if (!route) route = renew_before(target, until);
  return route ? tell(target, *route, "lease.map") : Status{};
}

std::optional<Route> Control::renew_before(const Target& target, Time until) {
  Place& place = place_of(target);
  const std::scoped_lock lock(place.changing);
  if (!place.before || !place.before->routing.canary) return std::nullopt;
  place.before->lease = until;
  return place.before;
}

Status Control::tell(const Target& target, const Route& route, const std::string& map) {
  const std::string command =
      fmt::format("set map {} {} {}", map, frontend_name(target), map_values(target, route).at(map));
  TRY(const std::string said, process_.current().tell({command}));
  if (!said.empty()) return fail(ErrorKind::unavailable, "HAProxy didn't take \"{}\": {}", command, said);
  return {};
}

}  // namespace slipway::drivers::haproxy
