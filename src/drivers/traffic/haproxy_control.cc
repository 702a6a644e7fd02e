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

Status Control::apply(const Target& target, const core::Routing& routing) {
  Route wanted{.routing = routing};
  const auto known = table.find(target);
  wanted.preview_token = known && !known->preview_token.empty() ? known->preview_token : random_token();
  std::unique_lock lock(changing, std::defer_lock);
  std::string checked;  // the structure that HAProxy has found to be right
  bool reload = false;
  while (true) {
    const Routes now = table.all();
    Routes next = now;
    next[target] = wanted;
    for (const auto& [other, route] : now) {
      if (other == target || route.routing.listen != routing.listen) continue;
      return fail(ErrorKind::conflict, "{} is the listener of {} already; give {} another address",
                  routing.listen, other.text(), target.text());
    }
    TRY_VOID(validate(next));
    const std::string mark = folder.mark(next);
    reload = mark != folder.mark(now);
    if (!reload || mark == checked) {
      if (lock.owns_lock()) break;
      lock.lock();  // others may have changed theirs meanwhile: look again
      continue;
    }
    if (lock.owns_lock()) lock.unlock();
    TRY_VOID(check_structure(now, next));
    checked = mark;
  }
  const auto before = table.find(target);
  if (routing.canary) wanted.lease = os::wall_now() + routing.lease;
  // Written first: a HAProxy that ends while it is being changed comes back changed.
  Status done = table.put(target, wanted);
  if (done) done = bring_about(target);
  if (!done && reload) {
    // It runs on with what it had: then what it had is what it must come back with.
    if (const Status restored = table.put_back(target, before); !restored) {
      log_error("{}", restored.error().message);
    }
  }
  // Something was changed, or may have been: it can't be called failed any more.
  if (!done) done.error().kind = ErrorKind::unavailable;
  return done;
}

// Finds out beforehand what would make a reload fail.
Status Control::check_structure(const Routes& now, const Routes& next) {
  // A try before this one may have got so far, and then the listener that is in the way is our own.
  const auto info = process.info();
  if (info && process.has(*info, folder.mark(next))) return {};
  std::set<std::string> ours;
  for (const auto& [target, route] : now) {
    for (const std::string& address : listeners_of(route.routing)) ours.insert(address);
  }
  for (const auto& [target, route] : next) {
    for (const std::string& address : listeners_of(route.routing)) {
      if (!ours.contains(address)) TRY_VOID(can_listen(address));
    }
  }
  const std::scoped_lock lock(checking);
  return folder.check(next);
}

Status Control::bring_about(const Target& target) {
  TRY_VOID(process.ensure());
  settled = settled && process.info().has_value();
  TRY(const bool reloaded, process.await_structure(folder.mark(table.all())));
  settled = settled && !reloaded;
  TRY_VOID(settle(target));
  if (settled) return {};
  // The other targets' trouble isn't this one's; tend() goes on.
  if (const Status all = settle_all(); !all) log_error("{}", all.error().message);
  return {};
}

Status Control::settle(const Target& target) const {
  while (true) {
    const auto wanted = table.find(target);
    if (!wanted) return {};
    TRY_VOID(converge(process.current(), target, *wanted));
    TRY(const std::vector<CommandLine> replaced, process.replaced());
    for (const CommandLine& worker : replaced) {
      // It may have another structure, or end at any moment: what it can follow, it follows.
      if (const Status followed = converge(worker, target, *wanted); !followed) {
        log_debug("a replaced HAProxy worker: {}", followed.error().message);
      }
    }
    // A renewal in between was perhaps told before what was older than it.
    if (table.find(target) == wanted) return {};
  }
}

Status Control::settle_all() {
  for (const auto& [target, route] : table.all()) TRY_VOID(settle(target));
  settled = true;
  return {};
}

Status Control::bring_to_the_present() {
  const auto info = process.info();
  // It comes up, or ends: with the files that are there.
  if (!info || info->stopping) {
    settled = false;
    return {};
  }
  const Routes routes = table.all();
  const std::string mark = folder.mark(routes);
  if (!process.has(*info, mark)) {
    {
      const std::scoped_lock lock(checking);
      TRY_VOID(folder.check(routes));
    }
    settled = false;
    TRY_VOID(process.await_structure(mark));
    log_info("HAProxy was reloaded: it had another configuration than this program writes");
  }
  return settled ? Status{} : settle_all();
}

bool Control::holds(const Target& target, const core::Routing& routing) {
  const Routes routes = table.all();
  const auto entry = routes.find(target);
  if (entry == routes.end() || entry->second.routing != routing) return false;
  const auto info = process.info();
  if (!info || !process.has(*info, folder.mark(routes))) return false;
  const auto held = haproxy::held(process.current(), target);
  return held && !difference(*held, target, entry->second);
}

Result<int> Control::in_flight(const Target& target, Pool pool) const {
  const auto current = haproxy::in_flight(process.current(), target, pool);
  // Where no HAProxy runs, nothing can be in flight.
  if (!current && current.error().kind == ErrorKind::not_found) return 0;
  TRY(int sum, current);
  TRY(const std::vector<CommandLine> replaced, process.replaced());
  for (const CommandLine& worker : replaced) {
    TRY(const int its, haproxy::in_flight(worker, target, pool));
    sum += its;
  }
  return sum;
}

Result<std::vector<Counters>> Control::counters(const Target& target) const {
  std::vector<Counters> all;
  TRY(Counters current, haproxy::counters(process.current(), target));
  all.push_back(std::move(current));
  TRY(const std::vector<CommandLine> replaced, process.replaced());
  for (const CommandLine& worker : replaced) {
    // One that has ended meanwhile is in no count from here.
    if (auto its = haproxy::counters(worker, target)) all.push_back(std::move(*its));
  }
  return all;
}

Outcome Control::drain(const Target& target, const core::AwaitDrained& wait) const {
  Outcome outcome;
  await(wait.at_most, between_looks, [&] {
    const auto left = in_flight(target, wait.pool);
    outcome.in_flight = left.value_or(outcome.in_flight);
    outcome.message = left ? "" : left.error().message;
    return left && *left == 0;
  });
  return outcome;
}

Status Control::tell(const Target& target, const Route& route, const std::string& file) const {
  const std::string command =
      fmt::format("set map {} {} {}", file, map_key(target), map_values(target, route).at(file));
  TRY(const std::string said, process.current().tell({command}));
  if (said.find_first_not_of('\n') != std::string::npos) {
    return fail(ErrorKind::unavailable, "HAProxy didn't take \"{}\": {}", command, said);
  }
  TRY(const std::vector<CommandLine> replaced, process.replaced());
  for (const CommandLine& worker : replaced) static_cast<void>(worker.tell({command}));
  return {};
}

}  // namespace slipway::drivers::haproxy
