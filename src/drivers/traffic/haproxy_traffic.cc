#include "drivers/traffic/haproxy_traffic.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <random>
#include <set>

#include "base/log.h"
#include "drivers/traffic/haproxy_process.h"
#include "drivers/traffic/haproxy_table.h"
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

// 32 hexadecimal digits that nobody can guess.
std::string random_token() {
  std::random_device random;
  std::string token;
  for (int i = 0; i < 4; ++i) token += fmt::format("{:08x}", random());
  return token;
}

// Does again what failed, at longer and longer intervals.
class Retry {
 public:
  template <class Action>
  Status attempt(Action action) {
    const auto now = std::chrono::steady_clock::now();
    if (!last_ && now < next_) return last_;
    last_ = action();
    wait_ = last_ ? Duration{0} : std::clamp(2 * wait_, Duration{1000}, Duration{60'000});
    next_ = std::chrono::steady_clock::now() + wait_;
    return last_;
  }

 private:
  Status last_;
  Duration wait_{0};
  std::chrono::steady_clock::time_point next_;
};

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

// What HAProxy holds is asked of it each time.
struct HaproxyTraffic::Impl {
  Impl(haproxy::Folder its_folder, const std::string& binary, const std::filesystem::path& shim_program,
       Routes applied)
      : folder(std::move(its_folder)),
        process(folder, binary, shim_program),
        table(folder, std::move(applied)) {}

  Status apply(const Target& target, const core::Routing& routing);
  Status check_structure(const Routes& now, const Routes& next);
  Status bring_about(const Target& target);
  Status settle(const Target& target) const;
  Status settle_all();
  Status bring_to_the_present();
  bool holds(const Target& target, const core::Routing& routing);
  Result<int> in_flight(const Target& target, Pool pool) const;
  Result<std::int64_t> ended(const Target& target, Pool pool) const;
  Outcome drain(const Target& target, const core::AwaitDrained& wait) const;
  Status tell(const Target& target, const Route& route, const std::string& file) const;

  haproxy::Folder folder;
  haproxy::Process process;
  haproxy::Table table;
  std::mutex checking;  // held while HAProxy judges a configuration: the folder has one place for that
  std::mutex changing;  // held while routes are applied or HAProxy is started, reloaded or stopped
  // What follows is guarded by `changing`.
  bool settled = false;  // all of the table was seen in the running HAProxy since its last reload
  Retry retry;
};

// What was said while a reload was under way (renewals, rates) may have reached only the worker that it
// replaces: after it each target is brought to what the table says by then.
Status HaproxyTraffic::Impl::apply(const Target& target, const core::Routing& routing) {
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
    TRY_VOID(haproxy::validate(next));
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
  if (routing.canary) wanted.lease = wall_clock() + routing.lease;
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
Status HaproxyTraffic::Impl::check_structure(const Routes& now, const Routes& next) {
  // A try before this one may have got so far, and then the listener that is in the way is our own.
  const auto info = process.info();
  if (info && process.has(*info, folder.mark(next))) return {};
  std::set<std::string> ours;
  for (const auto& [target, route] : now) {
    for (const std::string& address : haproxy::listeners_of(route.routing)) ours.insert(address);
  }
  for (const auto& [target, route] : next) {
    for (const std::string& address : haproxy::listeners_of(route.routing)) {
      if (!ours.contains(address)) TRY_VOID(haproxy::can_listen(address));
    }
  }
  const std::scoped_lock lock(checking);
  return folder.check(next);
}

Status HaproxyTraffic::Impl::bring_about(const Target& target) {
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

Status HaproxyTraffic::Impl::settle(const Target& target) const {
  while (true) {
    const auto wanted = table.find(target);
    if (!wanted) return {};
    TRY_VOID(haproxy::converge(process.current(), target, *wanted));
    TRY(const std::vector<CommandLine> replaced, process.replaced());
    for (const CommandLine& worker : replaced) {
      // It may have another structure, or end at any moment: what it can follow, it follows.
      if (const Status followed = haproxy::converge(worker, target, *wanted); !followed) {
        log_debug("a replaced HAProxy worker: {}", followed.error().message);
      }
    }
    // A renewal in between was perhaps told before what was older than it.
    if (table.find(target) == wanted) return {};
  }
}

Status HaproxyTraffic::Impl::settle_all() {
  for (const auto& [target, route] : table.all()) TRY_VOID(settle(target));
  settled = true;
  return {};
}

Status HaproxyTraffic::Impl::bring_to_the_present() {
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

bool HaproxyTraffic::Impl::holds(const Target& target, const core::Routing& routing) {
  const Routes routes = table.all();
  const auto entry = routes.find(target);
  if (entry == routes.end() || entry->second.routing != routing) return false;
  const auto info = process.info();
  if (!info || !process.has(*info, folder.mark(routes))) return false;
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

Result<std::int64_t> HaproxyTraffic::Impl::ended(const Target& target, Pool pool) const {
  TRY(std::int64_t sum, haproxy::ended(process.current(), target, pool));
  TRY(const std::vector<CommandLine> replaced, process.replaced());
  for (const CommandLine& worker : replaced) {
    // One that has ended meanwhile is in no count from here.
    sum += haproxy::ended(worker, target, pool).value_or(0);
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

Status HaproxyTraffic::Impl::tell(const Target& target, const Route& route, const std::string& file) const {
  const std::string command = fmt::format("set map {} {} {}", file, haproxy::map_key(target),
                                          haproxy::map_values(target, route).at(file));
  TRY(const std::string said, process.current().tell({command}));
  if (said.find_first_not_of('\n') != std::string::npos) {
    return fail(ErrorKind::unavailable, "HAProxy didn't take \"{}\": {}", command, said);
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
  haproxy::Folder folder(dir, binary, {owner, settings.records});
  TRY(Routes routes, folder.load());
  for (auto& [target, route] : routes) {
    if (route.preview_token.empty()) route.preview_token = random_token();
  }
  auto impl = std::make_unique<Impl>(std::move(folder), binary, settings.shim_program, std::move(routes));
  return std::unique_ptr<HaproxyTraffic>(new HaproxyTraffic(std::move(impl)));
}

std::optional<Outcome> HaproxyTraffic::observe(const core::Effect& effect) {
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply == nullptr) return std::nullopt;
  const std::scoped_lock lock(impl_->changing);
  if (!impl_->holds(effect.id.target, apply->routing)) return std::nullopt;
  return Outcome{};
}

Outcome HaproxyTraffic::perform(const core::Effect& effect) {
  if (const auto* wait = std::get_if<core::AwaitDrained>(&effect.body))
    return impl_->drain(effect.id.target, *wait);
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply == nullptr) return not_done(Outcome::Status::failed, "the proxy doesn't do this");
  const Status done = impl_->apply(effect.id.target, apply->routing);
  return done ? Outcome{} : outcome_of(done.error());
}

Status HaproxyTraffic::renew(const Target& target, Time until) {
  TRY(const auto route, impl_->table.renew(target, until));
  return route ? impl_->tell(target, *route, "lease.map") : Status{};
}

Status HaproxyTraffic::sample(const Target& target, int one_in) {
  constexpr std::array rates{1, 2, 5, 10, 20, 50, 100};
  if (std::ranges::find(rates, one_in) == rates.end()) {
    return fail(ErrorKind::invalid_input, "one in {} can't be recorded: 1, 2, 5, 10, 20, 50 or 100", one_in);
  }
  TRY(const Route route, impl_->table.sample(target, one_in));
  return impl_->tell(target, route, "rate.map");
}

Result<HaproxyTraffic::Counts> HaproxyTraffic::counts(const Target& target) {
  Counts counts;
  TRY(counts.a, impl_->ended(target, Pool::a));
  TRY(counts.b, impl_->ended(target, Pool::b));
  return counts;
}

Status HaproxyTraffic::tend() {
  const std::unique_lock lock(impl_->changing, std::try_to_lock);
  // Whoever holds it brings HAProxy to the present.
  if (!lock.owns_lock() || impl_->table.all().empty()) return {};
  TRY_VOID(impl_->table.write());
  TRY_VOID(impl_->process.ensure());
  return impl_->retry.attempt([this] { return impl_->bring_to_the_present(); });
}

HaproxyTraffic::Actual HaproxyTraffic::actual(const Target& target) {
  Actual actual;
  if (const auto route = impl_->table.find(target)) actual.preview_token = route->preview_token;
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
  const std::scoped_lock lock(impl_->changing);
  return impl_->process.stop();
}

}  // namespace slipway::drivers
