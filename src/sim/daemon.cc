#include "sim/daemon.h"

#include <algorithm>

#include "base/check.h"

namespace slipway::sim {

void Daemon::start() {
  CHECK(!life_);
  world_.life += 1;
  world_.alive = true;
  Scene& scene = world_.scene;
  life_ = std::make_unique<Life>(scene);
  Life& life = *life_;
  life.keeper = std::make_unique<Keeper>(
      world_, checks_,
      Keeper::Hooks{.deliver = [this](const core::Target& target,
                                      core::Event event) { deliver(target, std::move(event)); },
                    .suspended = [this] { return life_->runner->suspended().has_value(); },
                    .renewed =
                        [this](Time at) {
                          if (world_.alive) disk_.renewed = at;
                        },
                    .kept = [this] { set_wakeup(); }},
      disk_.renewed);
  runner::Driver* driver = &hands_;
  runner::Journal* journal = &disk_;
  runner::Keeper* keeper = life.keeper.get();
  if (interference_.driver) driver = (life.other_driver = interference_.driver(*driver)).get();
  if (interference_.journal) journal = (life.other_journal = interference_.journal(*journal)).get();
  if (interference_.keeper) keeper = (life.other_keeper = interference_.keeper(*keeper)).get();
  runner::Runner::Settings settings;
  if (interference_.step) settings.step = interference_.step;
  life.runner.emplace(life.clock, *journal, *driver, *keeper, settings);
  checks_.recovered();
  runner::Runner::Past past{.rebooted = disk_.noted_boot && *disk_.noted_boot != world_.boot_id(),
                            .boot_id = world_.boot_id(),
                            .away = std::nullopt,
                            .unrenewed = std::nullopt};
  if (disk_.touched) past.away = scene.wall() - *disk_.touched;
  if (disk_.renewed) past.unrenewed = scene.wall() - *disk_.renewed;
  if (past.rebooted)
    for (Proxy& proxy : world_.proxies) proxy.end_lease();
  const auto known = disk_.recover();
  CHECK(known.has_value());
  for (const runner::Recovered& target : *known) life.clock.at_least(target.state.now);
  const Status status = life.runner->recover(past);
  CHECK(status.has_value());
  if (!world_.alive) return;
  life.witness.emplace(
      world_, checks_, disk_,
      Witness::Hooks{.clock = [this] { return life_->clock.now(); },
                     .targets = [this]() -> const auto& { return life_->runner->targets(); },
                     .deliver = [this](const core::Target& target,
                                       core::VerdictChanged word) { deliver(target, std::move(word)); },
                     .suspended = [this] { return life_->runner->suspended().has_value(); },
                     .sight = interference_.sight,
                     .kept = interference_.kept});
  beat();
  every(Duration(1000), &Daemon::beat);
  every(Duration(1000), &Daemon::second);
  set_wakeup();
}

void Daemon::every(Duration interval, void (Daemon::*what)()) {
  world_.scene.in(interval, [this, interval, what, life = world_.life] {
    if (!world_.lives(life)) return;
    (this->*what)();
    every(interval, what);
  });
}

bool Daemon::bury() {
  if (world_.alive || !life_) return false;
  life_.reset();
  return true;
}

Result<core::Reply> Daemon::command(const core::Target& target, const core::Event& event) {
  if (!works()) return fail(ErrorKind::unavailable, "the daemon doesn't answer");
  auto reply = life_->runner->command(target, event);
  if (!world_.alive) return fail(ErrorKind::unavailable, "the daemon died");
  return reply;
}

void Daemon::instance_changed(int place, const core::InstanceName& name) {
  if (works()) life_->keeper->changed(place, name);
}

void Daemon::deliver(const core::Target& target, core::Event event) {
  if (!works()) return;
  if (!interference_.heard) return life_->runner->deliver(target, std::move(event));
  if (auto heard = interference_.heard(target, std::move(event)))
    life_->runner->deliver(target, *std::move(heard));
}

void Daemon::set_wakeup() {
  if (!works() || !life_->runner) return;
  const auto next = life_->runner->next_wakeup();
  if (next == life_->wakes) return;
  life_->wakes = next;
  const std::uint64_t own = ++life_->wakeup;
  if (!next) return;
  world_.scene.in(std::max(*next - life_->clock.now(), Duration(1)), [this, own, life = world_.life] {
    if (!world_.lives(life) || life_->wakeup != own) return;
    life_->wakes.reset();
    life_->runner->wake();
    set_wakeup();
  });
}

// Once a second, whatever happens.
void Daemon::beat() {
  runner::Runner& runner = *life_->runner;
  if (const auto by = life_->clock.jumped()) {
    world_.scene.marks.reach(*by > Duration::zero() ? "the clock was put forward" : "the clock was put back");
    const bool heard =
        !interference_.heard || interference_.heard(world_.scene.place(0).target, core::ClockJumped{*by});
    if (heard) runner.clock_jumped(*by);
    if (works()) life_->keeper->clock_jumped();
  }
  if (!works()) return;
  if (!runner.suspended()) {
    if (++life_->beats % 5 == 1) {
      disk_.touched = world_.scene.wall();
      life_->keeper->note_renewals();
    }
    disk_.noted_boot = world_.boot_id();
  }
  // After a reboot stable comes up first; the proxy is started when it is told of it.
  const bool may_tend = !runner.recovering() && std::ranges::none_of(runner.targets(), [](const auto& entry) {
    return entry.second.rebooted.has_value();
  });
  if (may_tend && world_.scene.now() >= world_.proxy_back)
    for (Proxy& proxy : world_.proxies) proxy.come_up();
}

void Daemon::second() {
  life_->witness->second();
  for (int place = 0; place < world_.scene.places(); ++place) {
    if (!works()) return;
    const bool hang = world_.scene.window(Entry::Kind::checks_hang, place);
    // A daemon that has just begun doesn't know for how long they have.
    const bool turned = hang ? life_->hanging.insert(place).second : life_->hanging.erase(place) > 0;
    if (turned || life_->seconds == 0) life_->keeper->look_at_all(place);
    look_at_servers(place);
  }
  if (works()) ++life_->seconds;
}

// As the proxy's checks have them, and the state doesn't.
void Daemon::look_at_servers(int place) {
  const core::Target& target = world_.scene.place(place).target;
  const Proxy& proxy = world_.proxy(place);
  const auto state = life_->runner->targets().find(target);
  if (!proxy.up() || !proxy.held() || state == life_->runner->targets().end() || life_->runner->suspended())
    return;
  core::ServersObserved observed;
  for (const auto* fleet : {&state->second.stable, &state->second.canary, &state->second.previous}) {
    if (!*fleet || (*fleet)->leaving) continue;
    for (const core::Instance& instance : (*fleet)->instances)
      for (const core::Server& server : proxy.held()->pool((*fleet)->pool).servers) {
        if (server.instance != instance.name || server.port != instance.port) continue;
        const bool up = proxy.finds_up(server);
        if ((up ? core::Seen::up : core::Seen::down) != instance.seen)
          observed.words.push_back({instance.name, up, up ? "" : "status 503"});
      }
  }
  if (!observed.words.empty()) deliver(target, std::move(observed));
}

}  // namespace slipway::sim
