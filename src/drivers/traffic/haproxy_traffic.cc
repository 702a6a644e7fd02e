#include "drivers/traffic/haproxy_traffic.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "base/log.h"
#include "drivers/traffic/haproxy_process.h"
#include "drivers/traffic/listener.h"
#include "os/file.h"
#include "os/user.h"

namespace slipway::drivers {
namespace {

using core::Outcome;
using core::Pool;
using core::Target;
using haproxy::CommandLine;
using haproxy::Route;
using haproxy::Routes;

constexpr Duration between_looks{20};

Time wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Result<std::string> find_binary(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), X_OK) == 0) return std::filesystem::absolute(name).string();
    return fail(ErrorKind::not_found, "{} isn't a program that can be run: name HAProxy's", name);
  }
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  folders += ":/usr/sbin:/usr/local/sbin";
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::filesystem::path file = std::filesystem::path(folders.substr(at, end - at)) / name;
    if (file.is_absolute() && ::access(file.c_str(), X_OK) == 0) return file.string();
    at = end + 1;
  }
  return fail(ErrorKind::not_found, "{} is neither in PATH nor in /usr/sbin: install HAProxy 2.6 or later",
              name);
}

Result<std::optional<haproxy::Owner>> find_owner(const std::string& name) {
  if (name.empty() || ::geteuid() != 0) return std::nullopt;
  TRY(const os::User user, os::find_user(name));
  return haproxy::Owner{user.uid, user.gid};
}

Outcome not_done(Outcome::Status status, std::string message) {
  Outcome outcome;
  outcome.status = status;
  outcome.message = std::move(message);
  return outcome;
}

Outcome outcome_of(const Error& error) {
  const bool for_good = error.kind == ErrorKind::invalid_input || error.kind == ErrorKind::conflict;
  return not_done(for_good ? Outcome::Status::failed : Outcome::Status::unavailable, error.message);
}

}  // namespace

// Knows the routes that were applied, as they are in the folder. What HAProxy holds is asked of it each time.
struct HaproxyTraffic::Impl {
  Impl(haproxy::Folder its_folder, const std::string& binary, const std::filesystem::path& shim_program,
       Routes applied)
      : folder(std::move(its_folder)), process(folder, binary, shim_program), routes(std::move(applied)) {}

  Status apply(const Target& target, const core::Routing& routing);
  Status change_structure(const Routes& next);
  Status bring_about(const Target& target);
  bool holds(const Target& target, const core::Routing& routing);
  Result<int> in_flight(const Target& target, Pool pool) const;
  Outcome drain(const Target& target, const core::AwaitDrained& wait) const;
  Status renew(const Target& target, Time until);

  std::mutex mutex;  // held while anything is changed
  haproxy::Folder folder;
  haproxy::Process process;
  Routes routes;
};

Status HaproxyTraffic::Impl::apply(const Target& target, const core::Routing& routing) {
  Routes next = routes;
  next[target] = Route{routing, routing.canary ? wall_clock() + routing.lease : Time{}};
  for (const auto& [other, route] : routes) {
    if (other == target || route.routing.listen != routing.listen) continue;
    return fail(ErrorKind::conflict, "{} is the listener of {} already; give {} another address",
                routing.listen, other.text(), target.text());
  }
  TRY_VOID(haproxy::validate(next));
  const bool reload = folder.mark(next) != folder.mark(routes);
  if (reload) TRY_VOID(change_structure(next));
  const Routes before = std::exchange(routes, next);
  // Written first: a HAProxy that ends while it is being changed comes back changed.
  Status done = folder.write(routes);
  if (done) done = bring_about(target);
  if (!done && reload) {
    // It runs on with what it had: then what it had is what it must come back with.
    routes = before;
    if (const Status restored = folder.write(routes); !restored) log_error("{}", restored.error().message);
  }
  // Something was changed, or may have been: it can't be called failed any more.
  if (!done) done.error().kind = ErrorKind::unavailable;
  return done;
}

// Finds out beforehand what would make a reload fail.
Status HaproxyTraffic::Impl::change_structure(const Routes& next) {
  // A try before this one may have got so far, and then the listener that is in the way is our own.
  const auto info = process.info();
  if (info && info->description == "slipway-" + folder.mark(next)) return {};
  for (const auto& [target, route] : next) {
    const auto listens_already = [&](const auto& entry) {
      return entry.second.routing.listen == route.routing.listen;
    };
    if (std::any_of(routes.begin(), routes.end(), listens_already)) continue;
    TRY_VOID(haproxy::can_listen(route.routing.listen));
  }
  return folder.check(next);
}

Status HaproxyTraffic::Impl::bring_about(const Target& target) {
  TRY_VOID(process.ensure());
  TRY_VOID(process.await_structure(folder.mark(routes)));
  const Route& route = routes.at(target);
  TRY_VOID(haproxy::converge(process.current(), target, route));
  TRY(const std::vector<CommandLine> replaced, process.replaced());
  for (const CommandLine& worker : replaced) {
    // It may have another structure, or end at any moment: what it can follow, it follows.
    if (const Status followed = haproxy::converge(worker, target, route); !followed) {
      log_debug("a replaced HAProxy worker: {}", followed.error().message);
    }
  }
  return {};
}

bool HaproxyTraffic::Impl::holds(const Target& target, const core::Routing& routing) {
  const auto entry = routes.find(target);
  if (entry == routes.end() || entry->second.routing != routing) return false;
  const auto info = process.info();
  if (!info || info->description != "slipway-" + folder.mark(routes)) return false;
  const auto held = haproxy::held(process.current(), target);
  return held && !haproxy::difference(*held, target, entry->second);
}

Result<int> HaproxyTraffic::Impl::in_flight(const Target& target, Pool pool) const {
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

Outcome HaproxyTraffic::Impl::drain(const Target& target, const core::AwaitDrained& wait) const {
  Outcome outcome;
  haproxy::await(wait.at_most, between_looks, [&] {
    const auto left = in_flight(target, wait.pool);
    outcome.in_flight = left.value_or(outcome.in_flight);
    outcome.message = left ? "" : left.error().message;
    return left && *left == 0;
  });
  return outcome;
}

Status HaproxyTraffic::Impl::renew(const Target& target, Time until) {
  const auto entry = routes.find(target);
  if (entry == routes.end()) return fail(ErrorKind::not_found, "{} has no routes in HAProxy", target.text());
  if (!entry->second.routing.canary) return {};
  entry->second.lease = until;
  TRY_VOID(folder.write_leases(routes));
  const std::string command = fmt::format("set map lease.map {} {}", haproxy::map_key(target),
                                          haproxy::map_values(target, entry->second).at("lease.map"));
  TRY(const std::string said, process.current().tell({command}));
  if (said.find_first_not_of('\n') != std::string::npos) {
    return fail(ErrorKind::unavailable, "the lease of {} wasn't renewed: {}", target.text(), said);
  }
  TRY(const std::vector<CommandLine> replaced, process.replaced());
  for (const CommandLine& worker : replaced) static_cast<void>(worker.tell({command}));
  return {};
}

HaproxyTraffic::HaproxyTraffic(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HaproxyTraffic::~HaproxyTraffic() = default;

Result<std::unique_ptr<HaproxyTraffic>> HaproxyTraffic::open(const Settings& settings) {
  TRY(const std::string binary, find_binary(settings.binary));
  TRY(const std::optional<haproxy::Owner> owner, find_owner(settings.user));
  const std::filesystem::path dir = std::filesystem::absolute(settings.dir);
  TRY_VOID(os::make_dirs(dir));
  haproxy::Folder folder(dir, binary, owner);
  TRY(Routes routes, folder.load());
  auto impl = std::make_unique<Impl>(std::move(folder), binary, settings.shim_program, std::move(routes));
  return std::unique_ptr<HaproxyTraffic>(new HaproxyTraffic(std::move(impl)));
}

std::optional<Outcome> HaproxyTraffic::observe(const core::Effect& effect) {
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply == nullptr) return std::nullopt;
  const std::scoped_lock lock(impl_->mutex);
  if (!impl_->holds(effect.id.target, apply->routing)) return std::nullopt;
  return Outcome{};
}

Outcome HaproxyTraffic::perform(const core::Effect& effect) {
  if (const auto* wait = std::get_if<core::AwaitDrained>(&effect.body))
    return impl_->drain(effect.id.target, *wait);
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply == nullptr) return not_done(Outcome::Status::failed, "the proxy doesn't do this");
  const std::scoped_lock lock(impl_->mutex);
  const Status done = impl_->apply(effect.id.target, apply->routing);
  return done ? Outcome{} : outcome_of(done.error());
}

Status HaproxyTraffic::renew(const Target& target, Time until) {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->renew(target, until);
}

Status HaproxyTraffic::tend() {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->routes.empty()) return {};
  TRY_VOID(impl_->folder.write(impl_->routes));
  return impl_->process.ensure();
}

HaproxyTraffic::Actual HaproxyTraffic::actual(const Target& target) {
  Actual actual;
  const auto info = impl_->process.info();
  const auto held = haproxy::held(impl_->process.current(), target);
  if (!info || !held) {
    actual.problem = info ? held.error().message : "HAProxy doesn't answer: " + info.error().message;
    return actual;
  }
  actual.up = true;
  if (const auto number = [&](const char* file) { return std::atoll(held->values.at(file).c_str()); };
      held->values.contains("weight.map") && held->values.contains("lease.map")) {
    const bool leased = Time(Duration(number("lease.map"))) > wall_clock();
    actual.weight = leased ? static_cast<int>(number("weight.map") / 100) : 0;
  } else {
    actual.problem = "HAProxy has no routes for " + target.text();
  }
  const auto up = [](const std::vector<haproxy::ServerState>& servers) {
    return static_cast<int>(std::ranges::count_if(servers, &haproxy::ServerState::up));
  };
  actual.servers_up_a = up(held->a);
  actual.servers_up_b = up(held->b);
  actual.in_flight_a = impl_->in_flight(target, Pool::a).value_or(0);
  actual.in_flight_b = impl_->in_flight(target, Pool::b).value_or(0);
  return actual;
}

Status HaproxyTraffic::stop() {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->process.stop();
}

}  // namespace slipway::drivers
