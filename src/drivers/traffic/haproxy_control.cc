#include "drivers/traffic/haproxy_control.h"

#include <random>
#include <set>

#include "base/log.h"
#include "drivers/traffic/listener.h"
#include "os/clock.h"

namespace slipway::drivers::haproxy {
namespace {

using core::Outcome;
using core::Pool;
using core::Target;

constexpr Duration between_looks{20};

}  // namespace

std::string random_token() {
  std::random_device random;
  std::string token;
  for (int i = 0; i < 4; ++i) token += fmt::format("{:08x}", random());
  return token;
}

std::shared_ptr<std::mutex> Control::lock_of(const Target& target) {
  const std::scoped_lock lock(locks_mutex_);
  auto& found = locks_[target];
  if (!found) found = std::make_shared<std::mutex>();
  return found;
}

Control::Begun Control::begin(const Target& target) {
  const std::scoped_lock lock(numbers_mutex_);
  Numbers& numbers = numbers_[target];
  return {.number = ++numbers.newest, .overtakes = numbers.under_way++ > 0};
}

bool Control::is_overtaken(const Target& target, std::uint64_t number) const {
  return numbers_.at(target).newest != number;
}

Status Control::put_unless_overtaken(const Target& target, const Route& route, std::uint64_t number) {
  const std::scoped_lock lock(numbers_mutex_);
  if (is_overtaken(target, number)) return overtaken(target);
  return table_.put({{target, route}});
}

std::unexpected<Error> Control::overtaken(const Target& target) {
  return fail(ErrorKind::unavailable, "{} was given another routing meanwhile", target.text());
}

bool Control::takes_a_reload(const Target& target, const core::Routing& routing) const {
  const auto known = table_.find(target);
  if (!known) return true;
  Route wanted = *known;
  wanted.routing = routing;
  return structure_of(wanted) != structure_of(*known);
}

Status Control::apply(const Target& target, const core::Routing& routing) {
  const Begun begun = begin(target);
  Status done = apply(target, routing, begun);
  // Users were perhaps moved already, and then it can't be called failed.
  if (!done && begun.overtakes) done.error().kind = ErrorKind::unavailable;
  const std::scoped_lock lock(numbers_mutex_);
  --numbers_[target].under_way;
  return done;
}

Status Control::apply(const Target& target, const core::Routing& routing, const Begun& begun) {
  const auto known = table_.find(target);
  Wish wish{.target = target, .route = {.routing = routing}, .number = begun.number};
  wish.route.preview_token = known && !known->preview_token.empty() ? known->preview_token : random_token();
  if (routing.canary) wish.route.lease = os::wall_now() + routing.lease;
  TRY_VOID(validate({{target, wish.route}}));
  if (known && begun.overtakes) {
    // Users who are taken back don't wait for the reload that what they overtake waits for.
    if (const auto part = haproxy::within(*known, wish.route); part && *part != *known) {
      TRY_VOID(put_unless_overtaken(target, *part, wish.number));
      static_cast<void>(settle(target));
    }
  }
  if (!takes_a_reload(target, routing)) {
    // Written first: a HAProxy that ends while it is being changed comes back changed.
    TRY_VOID(put_unless_overtaken(target, wish.route, wish.number));
    if (settle(target)) return table_.keep();
    // It doesn't run, or has another configuration.
  }
  TRY_VOID(fulfil(wish));
  return table_.keep();
}

// Never waits for the master: a worker that only the master reaches is told by tend().
Status Control::settle(const Target& target) {
  const auto mutex = lock_of(target);
  const std::scoped_lock lock(*mutex);
  while (true) {
    const auto wanted = table_.find(target);
    if (!wanted) return {};
    TRY_VOID(converge(process_.current(), target, *wanted));
    for (const Replaced::Worker& worker : process_.replaced().all()) {
      if (!worker.in_touch) continue;
      // It may have another structure, or end at any moment: what it can follow, it follows.
      if (const Status followed = converge(worker.line, target, *wanted); !followed)
        log_debug("a replaced HAProxy worker: {}", followed.error().message);
    }
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
  await(wait.at_most, between_looks, [&] {
    const auto left = in_flight(target, wait.pool);
    outcome.in_flight = left.value_or(outcome.in_flight);
    outcome.message = left ? "" : left.error().message;
    return left && *left == 0;
  });
  return outcome;
}

Status Control::tell(const Target& target, const Route& route, const std::string& map) {
  const std::string command =
      fmt::format("set map {} {} {}", map, map_key(target), map_values(target, route).at(map));
  TRY(const std::string said, process_.current().tell({command}));
  if (!said.empty()) return fail(ErrorKind::unavailable, "HAProxy didn't take \"{}\": {}", command, said);
  for (const Replaced::Worker& worker : process_.replaced().all())
    if (worker.in_touch) static_cast<void>(worker.line.tell({command}));
  return {};
}

}  // namespace slipway::drivers::haproxy
