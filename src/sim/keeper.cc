#include "sim/keeper.h"

#include <algorithm>

namespace slipway::sim {

using Kind = Entry::Kind;

void Keeper::keep(const std::map<core::Target, core::Duties>& duties) {
  if (!world_.lives(life_)) return;
  static const std::vector<core::Duties::Probe> none;
  const Time begins = before_.value_or(world_.scene.wall());
  if (!hooks_.suspended()) before_.reset();
  std::vector<core::Target> fresh_ones;
  for (int place = 0; place < world_.scene.places(); ++place) {
    const core::Target& target = world_.scene.place(place).target;
    const auto duty = duties.find(target);
    const auto& wanted = duty == duties.end() ? none : duty->second.probes;
    auto& known = probes_[target];
    if (known != wanted) {
      watch(place, wanted);
      known = wanted;
    }
    const std::optional<Duration> length = duty == duties.end() ? std::nullopt : duty->second.lease;
    const auto lease = leases_.find(target);
    if (length) {
      const auto [found, fresh] = leases_.try_emplace(target);
      Lease& held = found->second;
      held.length = *length;
      if (!std::exchange(held.wanted, true)) {
        if (fresh) held.renewed = begins;
        if (fresh) note_renewals();
        look_when_over(target, held);
        renew(target);
        fresh_ones.push_back(target);
      }
    } else if (lease != leases_.end()) {
      lease->second.wanted = false;
      lease->second.timer = ++count_;
      // One that ended for want of a journal is remembered, and looked at when it runs out: by the time that
      // it can be journalled the clock was perhaps put back.
      if (!hooks_.suspended()) leases_.erase(lease);
    }
  }
  hooks_.kept();
  for (const core::Target& target : fresh_ones) look(target);
}

void Keeper::watch(int place, const std::vector<core::Duties::Probe>& probes) {
  std::erase_if(watched_, [&](const auto& entry) {
    return entry.first.first == place && std::ranges::none_of(probes, [&](const core::Duties::Probe& probe) {
             return probe.instance == entry.first.second && probe.port == entry.second.port;
           });
  });
  for (const core::Duties::Probe& probe : probes) {
    const Key key{place, probe.instance};
    const auto [found, fresh] = watched_.try_emplace(key);
    if (!fresh) continue;
    found->second = {.port = probe.port, .since = ++count_, .said = std::nullopt};
    changed(place, probe.instance);
  }
}

void Keeper::changed(int place, const core::InstanceName& name) {
  if (!world_.lives(life_) || !watched_.contains({place, name})) return;
  const Engine::Process* process = world_.engine.find(place, name);
  const int state =
      process == nullptr ? -1 : process->life * 1000 + process->restarts * 2 + (process->healthy ? 1 : 0);
  look_soon({place, name}, world_.scene.draw("probe", static_cast<std::uint64_t>(place),
                                             std::uint64_t{1000} * static_cast<unsigned>(name.deployment) +
                                                 static_cast<unsigned>(name.ordinal),
                                             static_cast<std::uint64_t>(state)));
}

void Keeper::look_at_all(int place) {
  for (const auto& [key, watched] : watched_)
    if (key.first == place) changed(place, key.second);
}

void Keeper::look_soon(const Key& key, Draw draw) {
  world_.scene.in(draw.time(5, 1000),
                  [this, key, life = life_, &world = world_, since = watched_.at(key).since] {
                    if (world.lives(life)) look(key, since);
                  });
}

void Keeper::look(const Key& key, std::uint64_t since) {
  const auto watched = watched_.find(key);
  if (watched == watched_.end() || watched->second.since != since) return;
  using core::Health;
  const auto& said = watched->second.said;
  const Engine::Process* process = world_.engine.find(key.first, key.second);
  core::InstanceObserved seen{.instance = key.second};
  seen.restarts = process == nullptr ? (said ? said->restarts : 0) : process->restarts;
  if (process == nullptr) {
    seen.health = Health::gone;
    seen.detail = "its process is gone, and nothing restarts it";
  } else if (process->healthy && !world_.scene.window(Kind::checks_hang, key.first)) {
    seen.health = Health::healthy;
  } else if (!process->up || (said && said->health != Health::starting)) {
    seen.health = Health::unhealthy;
    seen.detail = process->healthy ? "no answer within 1 s"
                  : process->up    ? "status 503"
                                   : "exited with status 1";
  } else {
    seen.health = Health::starting;
    seen.detail = "no answer yet";
  }
  if (said == seen) return;
  watched->second.said = seen;
  hooks_.deliver(world_.scene.place(key.first).target, seen);
}

void Keeper::renew(const core::Target& target) {
  Lease& lease = leases_.at(target);
  if (!lease.wanted || lease.under_way) return;
  lease.under_way = true;
  checks_.renews(target);
  Scene& scene = world_.scene;
  const int place = scene.index(target);
  const Time at = scene.wall();
  Draw draw = scene.draw("renew", static_cast<std::uint64_t>(place),
                         static_cast<std::uint64_t>(at.time_since_epoch().count()));
  const bool acts = !scene.window(Kind::renewals_fail, place) &&
                    !scene.window(Kind::proxy_unavailable, place) && world_.proxy(place).up();
  const bool lost = acts && scene.window(Kind::proxy_lost, place) && draw.chance(1, 2);
  // Where nobody answers, one finds out by waiting.
  scene.in(acts ? draw.time(1, 20) : draw.time(1, 4000),
           [this, &world = world_, life = life_, target, place, at, acts, lost, length = lease.length] {
             if (acts) world.proxy(place).renew(at + length);
             if (world.lives(life)) renewed(target, at, acts && !lost);
           });
}

void Keeper::renewed(const core::Target& target, Time at, bool worked) {
  constexpr Duration between_tries{1000};
  const auto found = leases_.find(target);
  if (found == leases_.end()) return;
  Lease& lease = found->second;
  lease.under_way = false;
  if (lease.wanted) {
    const Duration third = lease.length / 3;
    lease.timer = ++count_;
    world_.scene.in(worked ? third : std::min(third, between_tries),
                    [this, &world = world_, life = life_, target, timer = lease.timer] {
                      if (!world.lives(life)) return;
                      const auto there = leases_.find(target);
                      if (there != leases_.end() && there->second.timer == timer) renew(target);
                    });
  }
  if (!worked) return look(target);
  const std::optional<Duration> lapsed = lapse(lease, at);
  const bool back = lease.lapsed || !lease.ours;
  lease.renewed = at;
  lease.ours = true;
  lease.lapsed = false;
  look_when_over(target, lease);
  if (lapsed) hooks_.deliver(target, core::LeaseLapsed{*lapsed});
  if (back) hooks_.deliver(target, core::LeaseRenewed{});
  if (world_.lives(life_)) note_renewals();
}

std::optional<Duration> Keeper::lapse(Lease& lease, Time at) {
  const Duration since = at - lease.renewed;
  if (lease.lapsed || since <= lease.length) return std::nullopt;
  lease.lapsed = true;
  world_.scene.marks.reach("the core was told of a lapsed lease");
  return since;
}

void Keeper::look(const core::Target& target) {
  const auto found = leases_.find(target);
  if (!world_.lives(life_) || found == leases_.end()) return;
  if (const auto since = lapse(found->second, world_.scene.wall()))
    hooks_.deliver(target, core::LeaseLapsed{*since});
}

void Keeper::clock_jumped() {
  std::vector<core::Target> all;
  for (const auto& [target, lease] : leases_) all.push_back(target);
  for (const core::Target& target : all) look(target);
}

void Keeper::look_when_over(const core::Target& target, const Lease& lease) {
  const Duration left = std::max(lease.renewed + lease.length - world_.scene.wall(), Duration::zero());
  world_.scene.in(left + Duration(1), [this, &world = world_, life = life_, target] {
    if (world.lives(life)) look(target);
  });
}

void Keeper::note_renewals() {
  // A lapse that couldn't be journalled must be found again.
  if (hooks_.suspended()) return;
  Time oldest = world_.scene.wall();
  for (const auto& [target, lease] : leases_)
    if (lease.wanted) oldest = std::min(oldest, lease.renewed);
  hooks_.renewed(oldest);
}

}  // namespace slipway::sim
