#include <algorithm>
#include <set>

#include "base/log.h"
#include "drivers/traffic/haproxy_control.h"
#include "drivers/traffic/listener.h"
#include "os/clock.h"

// What of Control brings HAProxy to another configuration, by one thread at a time.
namespace slipway::drivers::haproxy {
namespace {

using core::Target;

// `true` for as long as it lives.
class Raised {
 public:
  explicit Raised(std::atomic<bool>& flag) : flag_(flag) { flag_ = true; }
  ~Raised() { flag_ = false; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  std::atomic<bool>& flag_;
};

std::unexpected<Error> taken(const std::string& listen, const Target& by, const Target& target) {
  return fail(ErrorKind::conflict, "{} is the listener of {} already; give {} another address", listen,
              by.text(), target.text());
}

}  // namespace

// Whoever finds nobody at work carries out all that wait; the others wait for that.
Status Control::fulfil(Wish& wish) {
  std::unique_lock lock(queue_mutex_);
  waiting_.push_back(&wish);
  while (!wish.over) {
    if (working_) {
      fulfilled_.wait(lock);
      continue;
    }
    working_ = true;
    const std::vector<Wish*> wishes = std::exchange(waiting_, {});
    lock.unlock();
    carry_out(wishes);
    lock.lock();
    for (Wish* each : wishes) each->over = true;
    working_ = false;
    fulfilled_.notify_all();
  }
  return wish.status;
}

// Sets the status of those that can't be, and answers the others.
std::vector<Control::Wish*> Control::admissible(const std::vector<Wish*>& wishes) {
  Routes routes = table_.all();
  std::set<std::string> ours;
  for (const auto& [target, route] : routes)
    for (const std::string& address : listeners_of(route.routing)) ours.insert(address);
  Routes all = routes;
  for (const Wish* wish : wishes) all[wish->target] = wish->route;
  // A try before this one may have got so far, and then the listener that is in the way is our own.
  const auto info = process_.info();
  const bool there = info && Process::has(*info, folder_.mark(all));
  std::vector<Wish*> good;
  for (Wish* wish : wishes) {
    wish->status = check_newest(wish->id);
    if (!wish->status) continue;
    Routes with = routes;
    with[wish->target] = wish->route;
    for (const auto& [other, route] : routes)
      if (other != wish->target && route.routing.listen == wish->route.routing.listen)
        wish->status = taken(route.routing.listen, other, wish->target);
    if (wish->status) wish->status = validate(with);
    for (const std::string& address : listeners_of(wish->route.routing))
      if (wish->status && !there && !ours.contains(address)) wish->status = can_listen(address);
    if (!wish->status) continue;
    routes = std::move(with);
    good.push_back(wish);
  }
  return good;
}

// Finds out beforehand what would make a reload fail.
Status Control::check(const std::vector<Wish*>& wishes) {
  Routes routes = table_.all();
  const std::string before = folder_.mark(routes);
  Routes wished;
  for (const Wish* wish : wishes) routes[wish->target] = wished[wish->target] = wish->route;
  // The others' parts were checked when they came; that they agree with one another validate() has seen to.
  return folder_.mark(routes) == before ? Status{} : folder_.check(wished);
}

// What can't be listened at is left out of the configuration: it would keep HAProxy from serving anything at
// its next start or reload. Answers what the running HAProxy lacks for that reason, and could have now.
Addresses Control::look_at_listeners() {
  const auto info = process_.info();
  const auto unbindable = info ? std::vector<ListenAddress>{} : folder_.couldnt_bind();
  const auto without = info ? std::optional(parse_description(info->description).without) : std::nullopt;
  Listeners seen = haproxy::look_at_listeners(table_.all(), without, unbindable);
  if (const Status left_out = table_.leave_out(seen.absent); !left_out)
    log_error("{}", left_out.error().message);
  const std::scoped_lock lock(missing_mutex_);
  missing_ = std::move(seen.missing);
  return seen.back;
}

std::map<Target, Addresses> Control::missing_listeners() const {
  const std::scoped_lock lock(missing_mutex_);
  return missing_;
}

// Into the table; those that were overtaken meanwhile take no part.
Status Control::put(std::vector<Wish*>& wishes) {
  // Always in the same order. Nobody else holds more than one of these.
  std::ranges::sort(wishes, {}, &Wish::target);
  std::map<Target, std::unique_lock<std::mutex>> locks;
  Routes wanted;
  std::erase_if(wishes, [&](Wish* wish) {
    Place& place = place_of(wish->target);
    locks.try_emplace(wish->target, place.changing);
    wish->status = check_newest(wish->id);
    if (!wish->status) return true;
    place.before = table_.find(wish->target);
    place.is_being_replaced = true;
    if (wish->route.routing.canary) wish->route.lease = os::wall_now() + wish->route.routing.lease;
    wanted[wish->target] = wish->route;
    return false;
  });
  return wanted.empty() ? Status{} : table_.put(wanted);
}

void Control::conclude(Wish& wish, const Status& done) {
  wish.status = done ? settle(wish.target) : done;
  Place& place = place_of(wish.target);
  const std::scoped_lock lock(place.changing);
  place.is_being_replaced = false;
  const std::optional<Route> before = std::exchange(place.before, std::nullopt);
  // What overtook it is in the table.
  if (const Status newest = check_newest(wish.id); !newest) {
    wish.status = newest;
    return;
  }
  if (wish.status) return;
  // Something was changed, or may have been: it can't be called failed any more.
  wish.status.error().kind = ErrorKind::unavailable;
  const bool structural = !before || structure_of(*before) != structure_of(wish.route);
  if (!structural) return;
  // It runs on with what it had: then what it had is what it must come back with.
  if (const Status restored = table_.put_back(wish.target, before); !restored)
    log_error("{}", restored.error().message);
}

void Control::carry_out(const std::vector<Wish*>& all) {
  static_cast<void>(look_at_listeners());
  std::vector<Wish*> wishes = admissible(all);
  if (const Status checked = check(wishes); !checked) {
    // One that HAProxy refuses mustn't keep the others from their reload.
    std::erase_if(wishes, [&](Wish* wish) {
      wish->status = check({wish});
      return !wish->status;
    });
    const Status again = wishes.size() < all.size() ? check(wishes) : checked;
    if (!again) {
      for (Wish* wish : wishes) wish->status = again;
      return;
    }
  }
  Status done = put(wishes);
  if (wishes.empty()) return;
  if (done) done = bring_about();
  for (Wish* wish : wishes) conclude(*wish, done);
}

// The running HAProxy has the table's configuration then, and all targets are as the table says.
Status Control::bring_about() {
  TRY_VOID(process_.ensure());
  settled_ = settled_ && process_.info().has_value();
  const Raised reloading(reloading_);
  const auto files = table_.as_in_files();
  TRY_VOID(process_.await_structure([this] { return folder_.mark(table_.all()); }));
  settled_ = settled_ && files;
  // The other targets' trouble isn't this one's; tend() goes on.
  const Status all = settled_ ? settle_since(*files) : settle_all();
  settled_ = all.has_value();
  if (!all) log_error("{}", all.error().message);
  return {};
}

// A worker that has begun has read the files: only what changed since they were so may be missing.
Status Control::settle_since(const Routes& files) {
  for (const auto& [target, route] : table_.all()) {
    const auto then = files.find(target);
    if (then == files.end() || then->second != route) TRY_VOID(settle(target));
  }
  return {};
}

Status Control::settle_all() {
  const Routes wanted = table_.all();
  TRY(const std::vector<Target> differing, haproxy::differing(process_.current(), wanted));
  for (const Target& target : differing) TRY_VOID(settle(target));
  settled_ = true;
  return {};
}

Status Control::tend() {
  {
    const std::scoped_lock lock(queue_mutex_);
    // Whoever is at work brings HAProxy to the present.
    if (working_ || table_.all().empty()) return {};
    working_ = true;
  }
  Status done = table_.write();
  const Addresses back = look_at_listeners();
  if (done) done = process_.ensure();
  if (done) done = retry_.attempt([&] { return bring_to_the_present(back); });
  const std::scoped_lock lock(queue_mutex_);
  working_ = false;
  fulfilled_.notify_all();
  return done;
}

Status Control::bring_to_the_present(const Addresses& back) {
  const auto info = process_.info();
  // It comes up, or ends: with the files that are there.
  if (!info || info->stopping) {
    settled_ = false;
    return {};
  }
  const Routes routes = table_.all();
  const std::string mark = folder_.mark(routes);
  const Addresses lacks = parse_description(info->description).without;
  const bool lacks_one = std::ranges::any_of(back, [&](const auto& one) { return lacks.contains(one); });
  if (!Process::has(*info, mark) || lacks_one) {
    TRY_VOID(folder_.check(routes));
    settled_ = false;
    const Raised reloading(reloading_);
    TRY_VOID(process_.renew(mark));
    if (lacks_one)
      log_info("HAProxy was reloaded: it listens at {} again", fmt::join(back, ", "));
    else
      log_info("HAProxy was reloaded: it had another configuration than this program writes");
  } else {
    process_.replaced().keep_in_touch(info->pid);
  }
  if (!settled_) {
    TRY_VOID(settle_all());
    TRY_VOID(table_.keep());
  }
  return renew_deaf_master(mark);
}

// A reload begins the master anew, and loses no request.
Status Control::renew_deaf_master(const std::string& mark) {
  constexpr Duration deaf{5'000};
  constexpr std::chrono::minutes between_renewals{1};
  static_cast<void>(process_.replaced().master().look());
  const auto now = std::chrono::steady_clock::now();
  const auto since = deaf_for();
  if (!since || *since < deaf || now < renewed_ + between_renewals) return {};
  renewed_ = now;
  log_warning("HAProxy's master hasn't answered for {}: it is renewed by a reload", format_duration(*since));
  settled_ = false;
  const Raised reloading(reloading_);
  TRY_VOID(process_.renew(mark));
  return settle_all();
}

Status Control::stop() {
  std::unique_lock lock(queue_mutex_);
  fulfilled_.wait(lock, [&] { return !working_; });
  working_ = true;
  lock.unlock();
  const Status stopped = process_.stop();
  lock.lock();
  working_ = false;
  fulfilled_.notify_all();
  return stopped;
}

}  // namespace slipway::drivers::haproxy
