#include "drivers/traffic/haproxy_traffic.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

#include "drivers/traffic/haproxy_control.h"
#include "os/clock.h"
#include "os/command.h"
#include "os/file.h"
#include "os/user.h"

namespace slipway::drivers {
namespace {

using core::Outcome;
using core::Pool;
using core::Target;
using haproxy::Route;
using haproxy::Routes;

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

// invalid_input, with what it said, where it isn't HAProxy 2.6 or later.
Status check_version(const std::string& binary) {
  constexpr std::pair oldest{2, 6};
  os::Command command;
  command.argv = {binary, "-v"};
  const auto asked = os::run(command);
  if (!asked)
    return fail(ErrorKind::invalid_input, "{} can't be asked for its version: {}", binary,
                asked.error().message);
  const std::string said = asked->out.substr(0, asked->out.find('\n'));
  const auto version = haproxy::version_in(said);
  if (!version)
    return fail(
        ErrorKind::invalid_input,
        "{} isn't HAProxy: asked for its version, it {}{}. Name HAProxy {}.{} or later with --haproxy",
        binary, asked->text(), said.empty() ? "" : fmt::format(" and said \"{:.80}\"", said), oldest.first,
        oldest.second);
  if (*version >= oldest) return {};
  return fail(ErrorKind::invalid_input, "{} is HAProxy {}.{}; Slipway needs {}.{} or later", binary,
              version->first, version->second, oldest.first, oldest.second);
}

Result<std::optional<haproxy::Owner>> find_owner(const std::string& name) {
  if (name.empty() || ::geteuid() != 0) return std::nullopt;
  TRY(const os::User user, os::find_user(name));
  return haproxy::Owner{user.uid, user.gid};
}

Outcome outcome_of_routing(const Error& error) {
  const bool for_good = error.kind == ErrorKind::invalid_input || error.kind == ErrorKind::conflict;
  return for_good ? Outcome::failed(error.message) : Outcome::unavailable(error.message);
}

}  // namespace

// A master doesn't answer while it renews itself.
constexpr Duration seconds_of_a_reload{3'000};

struct HaproxyTraffic::Impl : haproxy::Control {
  using Control::Control;
};

HaproxyTraffic::HaproxyTraffic(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HaproxyTraffic::~HaproxyTraffic() = default;

Result<std::unique_ptr<HaproxyTraffic>> HaproxyTraffic::open(const Settings& settings) {
  TRY(const std::string binary, find_binary(settings.binary));
  TRY_VOID(check_version(binary));
  TRY(const std::optional<haproxy::Owner> owner, find_owner(settings.user));
  const std::filesystem::path dir = std::filesystem::absolute(settings.dir);
  TRY_VOID(os::make_dirs(dir));
  haproxy::Folder folder(dir, binary, {owner, settings.records});
  TRY(Routes routes, folder.load());
  for (auto& [target, route] : routes) {
    if (route.preview_token.empty()) route.preview_token = haproxy::random_token();
  }
  auto impl = std::make_unique<Impl>(std::move(folder), binary, settings.shim_program, std::move(routes));
  return std::unique_ptr<HaproxyTraffic>(new HaproxyTraffic(std::move(impl)));
}

std::optional<Outcome> HaproxyTraffic::observe(const core::Effect& effect) {
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply == nullptr) return std::nullopt;
  if (!impl_->holds(effect.id.target, apply->routing)) return std::nullopt;
  return Outcome{.unchecked = impl_->unchecked(effect.id.target, apply->routing)};
}

Outcome HaproxyTraffic::perform(const core::Effect& effect) {
  if (const auto* wait = std::get_if<core::AwaitDrained>(&effect.body))
    return impl_->drain(effect.id.target, *wait);
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply == nullptr) return Outcome::failed("the proxy doesn't do this");
  if (const Status done = impl_->apply(effect.id, apply->routing); !done)
    return outcome_of_routing(done.error());
  return {.unchecked = impl_->unchecked(effect.id.target, apply->routing)};
}

bool HaproxyTraffic::takes_a_reload(const core::Effect& effect) const {
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  return apply != nullptr && impl_->takes_a_reload(effect.id.target, apply->routing);
}

Status HaproxyTraffic::renew(const Target& target, Time until) {
  return impl_->Control::renew(target, until);
}

Status HaproxyTraffic::end_leases() {
  return impl_->table().end_leases();
}

Status HaproxyTraffic::sample(const Target& target, int one_in) {
  constexpr std::array rates{1, 2, 5, 10, 20, 50, 100};
  if (std::ranges::find(rates, one_in) == rates.end()) {
    return fail(ErrorKind::invalid_input, "one in {} can't be recorded: 1, 2, 5, 10, 20, 50 or 100", one_in);
  }
  TRY(const Route route, impl_->table().sample(target, one_in));
  if (!impl_->folder().records()) return {};
  return impl_->tell(target, route, "rate.map");
}

namespace {

void add(HaproxyTraffic::Counts& counts, const Target& target, const std::vector<haproxy::StatRow>& rows) {
  const std::string a = haproxy::backend_name(target, Pool::a);
  for (const haproxy::StatRow& row : rows) {
    const bool of_a = row.proxy == a;
    if (const auto slot = haproxy::slot_of(row.server)) {
      HaproxyTraffic::Counts::Slot& sum = (of_a ? counts.slots_a : counts.slots_b)[*slot];
      sum.started += row.started;
      sum.settled += row.requests + row.failed;
      sum.in_flight += row.in_flight;
    } else {
      (of_a ? counts.a : counts.b) += row.requests;
    }
  }
}

}  // namespace

Result<std::map<Target, HaproxyTraffic::Counts>> HaproxyTraffic::counts(const std::vector<Target>& targets) {
  TRY(const auto workers, impl_->counters(targets));
  std::map<Target, Counts> all;
  for (const haproxy::Counters& worker : workers) {
    for (const auto& [target, rows] : worker.rows) {
      all[target].workers.push_back(worker.pid);
      add(all[target], target, rows);
    }
  }
  return all;
}

Result<std::map<Target, std::vector<HaproxyTraffic::Checked>>> HaproxyTraffic::checked() {
  TRY(const auto rows, haproxy::servers(impl_->process().current()));
  std::map<std::string, std::pair<Target, Pool>> backends;
  for (const auto& [target, route] : impl_->table().all())
    for (const Pool pool : {Pool::a, Pool::b})
      backends.emplace(haproxy::backend_name(target, pool), std::pair(target, pool));
  std::map<Target, std::vector<Checked>> all;
  for (const haproxy::ServerRow& row : rows) {
    const auto backend = backends.find(row.backend);
    const auto slot = haproxy::slot_of(row.server);
    if (backend == backends.end() || !slot) continue;
    const auto& [target, pool] = backend->second;
    all[target].push_back(
        {.pool = pool, .ordinal = *slot, .port = row.port, .up = row.up, .detail = row.detail});
  }
  return all;
}

Status HaproxyTraffic::tend() {
  return impl_->tend();
}

HaproxyTraffic::Actual HaproxyTraffic::actual(const Target& target) {
  Actual actual;
  if (const auto route = impl_->table().find(target)) actual.preview_token = route->preview_token;
  const auto info = impl_->process().info();
  const auto held = haproxy::held(impl_->process().current(), target);
  if (!info || !held) {
    actual.problem = info ? held.error().message : "HAProxy doesn't answer: " + info.error().message;
    return actual;
  }
  actual.up = true;
  if (const auto deaf = impl_->deaf_for(); deaf && *deaf >= seconds_of_a_reload)
    actual.problem =
        fmt::format("HAProxy's master hasn't answered for {}: a reload is to renew it; users are served",
                    format_duration(*deaf));
  if (const auto missing = missing_listeners(); missing.contains(target))
    actual.problem = fmt::format(
        "HAProxy can't listen at {}: the host doesn't have the address, or another "
        "program listens there. Other addresses are served, and these once they can be",
        fmt::join(missing.at(target), ", "));
  if (const auto number = [&](const char* file) { return std::atoll(held->values.at(file).c_str()); };
      held->values.contains("weight.map") && held->values.contains("lease.map")) {
    const bool leased = Time(Duration(number("lease.map"))) > os::wall_now();
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

std::string HaproxyTraffic::preview_token(const Target& target) const {
  const auto route = impl_->table().find(target);
  return route ? route->preview_token : "";
}

std::map<Target, std::set<std::string>> HaproxyTraffic::missing_listeners() const {
  return impl_->missing_listeners();
}

Status HaproxyTraffic::stop() {
  return impl_->stop();
}

}  // namespace slipway::drivers
