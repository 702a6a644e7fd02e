#include "sim/simulation.h"

#include <algorithm>
#include <deque>

#include "sim/people.h"
#include "sim/swarm_of_gates.h"

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;

constexpr Duration patience{30 * 60'000};  // from healing to rest
constexpr std::int64_t most_events = 2'000'000;
constexpr std::size_t last_shown = 30;

// One run: wires the world, the doors and the checks, and lets time pass.
class Simulation {
 public:
  Simulation(const Plan& plan, const Interference& interference)
      : scene_(plan),
        world_(scene_,
               [this](int place, const core::InstanceName& name) { daemon_.instance_changed(place, name); }),
        checks_(world_),
        disk_(world_, checks_),
        hands_(world_, checks_),
        daemon_(world_, disk_, hands_, checks_, interference) {
    checks_.journal = [this](int place) { return disk_.find(place); };
    disk_.power_fails = [this](Duration lasts) {
      world_.kill_daemon();
      scene_.in(Duration::zero(), [this, lasts] { reboot(lasts); });
    };
    disk_.appended = [this](const runner::Transaction& transaction) { remember(transaction); };
  }

  Report run() {
    for (const Entry& entry : scene_.plan().entries)
      scene_.at(entry.at, [this, &entry] {
        if (!scene_.healed()) happen(entry);
      });
    const Duration heals = scene_.plan().heals;
    scene_.at(heals, [this] { world_.engine.heal(); });
    daemon_.start();
    until(heals);
    // What waits for a person isn't at rest for good: the judge may still send it back.
    for (bool rested = false; !checks_.broken() && !rested && scene_.now() < heals + patience;) {
      const bool before = at_rest();
      const Duration next = scene_.now() + Duration(5000);
      scene_.at(next, [] {});
      until(next);
      rested = before && at_rest();
    }
    if (!checks_.broken()) checks_.at_rest();
    return result();
  }

 private:
  void until(Duration end) {
    while (!checks_.broken() && scene_.step(end)) {
      ++events_;
      if (daemon_.bury()) come_back();
      const runner::Runner* runner = daemon_.runner();
      checks_.look(runner == nullptr ? nullptr : &runner->targets());
      if (events_ > most_events) checks_.broke("calm", fmt::format("{} events, and no end", events_));
    }
  }

  // A dead daemon is started again, unless something keeps it away.
  void come_back() {
    const Draw own = scene_.draw("away", static_cast<std::uint64_t>(world_.life));
    Duration wait = Draw(own).time(500, 8000);
    wait = std::max(wait, away_until_ - scene_.now());
    scene_.in(wait, [this, life = world_.life] {
      if (world_.life != life || daemon_.runner() != nullptr) return;
      if (scene_.now() < away_until_) return come_back();
      daemon_.start();
    });
  }

  void stay_away(Duration lasts) {
    away_until_ = std::max(away_until_, scene_.now() + lasts);
    world_.kill_daemon();
  }

  void happen(const Entry& entry) {
    if (is_command(entry.kind)) return ask(entry);
    switch (entry.kind) {
      case Kind::daemon_away:
        return stay_away(entry.lasts);
      case Kind::dies_before_append:
      case Kind::dies_after_append:
      case Kind::dies_after_effect:
      case Kind::dies_before_outcome:
      case Kind::dies_while_routing:
      case Kind::append_fails:
      case Kind::power_fails:
        return scene_.arm(entry);
      case Kind::instance_gone:
      case Kind::instance_crashes:
        return end_instance(entry);
      case Kind::proxy_restarts:
        return restart_proxy(entry.lasts);
      case Kind::host_reboots:
        return reboot(entry.lasts);
      case Kind::tail_lost:
        return lose_tail(entry);
      case Kind::clock_jumps:
        return scene_.jump(Duration(entry.number));
      case Kind::deploy:
      case Kind::deploy_end_bake:
      case Kind::rollback:
      case Kind::rollback_to:
      case Kind::rollback_force:
      case Kind::abort:
      case Kind::promote:
      case Kind::pause:
      case Kind::resume:
      case Kind::deploy_waiting:
      case Kind::deploy_later:
      case Kind::approve:
      case Kind::decline:
      case Kind::attest:
      case Kind::override_check:
      case Kind::freeze:
      case Kind::unfreeze:
      case Kind::emergency:
      case Kind::proxy_unavailable:
      case Kind::proxy_lost:
      case Kind::proxy_slow:
      case Kind::proxy_half:
      case Kind::proxy_late:
      case Kind::proxy_refuses:
      case Kind::proxy_deaf:
      case Kind::reload_half:
      case Kind::checks_hang:
      case Kind::shunned:
      case Kind::renewals_fail:
      case Kind::engine_unavailable:
      case Kind::smoke_unavailable:
      case Kind::telemetry_lost:
      case Kind::canary_unheard:
      case Kind::journal_full:
      case Kind::checks_unavailable:
      case Kind::receiver_down:
      case Kind::receiver_slow:
      case Kind::receiver_busy:
      case Kind::receiver_refuses:
      case Kind::starts_slowly:
      case Kind::never_healthy:
      case Kind::keeps_crashing:
      case Kind::leaks:
      case Kind::no_such_program:
      case Kind::fails_requests:
      case Kind::fails_a_few:
      case Kind::fails_at_load:
      case Kind::slow_requests:
      case Kind::fails_smoke:
      case Kind::holds_requests:
      case Kind::fails_check:
        return;  // lasts, and is looked up
    }
  }

  void ask(const Entry& entry) {
    const core::Target& target = scene_.place(entry.place).target;
    const auto reply = daemon_.command(
        target, command_of(scene_.plan(), entry, disk_.find(entry.place), checks_.proofs(), scene_.wall()));
    if (reply) return checks_.answered(*reply);
    if (daemon_.works()) scene_.marks.reach("a command was refused for want of a journal");
  }

  void end_instance(const Entry& entry) {
    std::vector<core::InstanceName> here;
    for (const auto& [key, process] : world_.engine.processes())
      if (key.first == entry.place) here.push_back(key.second);
    if (here.empty()) return;
    const core::InstanceName name = here[static_cast<std::size_t>(entry.number) % here.size()];
    if (entry.kind == Kind::instance_gone)
      world_.engine.lose(entry.place, name);
    else
      world_.engine.crash(entry.place, name);
  }

  void restart_proxy(Duration lasts) {
    world_.proxy_back = std::max(world_.proxy_back, scene_.now() + lasts);
    for (Proxy& proxy : world_.proxies) proxy.go_down();
    scene_.in(lasts, [this, boots = world_.boots] {
      if (world_.boots != boots || scene_.now() < world_.proxy_back) return;
      for (Proxy& proxy : world_.proxies) proxy.come_up();
    });
  }

  void reboot(Duration lasts) {
    world_.boots += 1;
    world_.engine.lose_all();
    world_.reloads.lose_all();
    world_.proxy_back = {};
    for (Proxy& proxy : world_.proxies) proxy.go_down();
    stay_away(lasts);
  }

  // The journal's last transactions were never written, whatever the disk said.
  void lose_tail(const Entry& entry) {
    reboot(entry.lasts);
    if (disk_.lose_tail(entry.number) > 0) checks_.lost_tail();
  }

  bool at_rest() const {
    for (int place = 0; place < scene_.places(); ++place) {
      const core::TargetState* state = disk_.find(place);
      if (state == nullptr) continue;
      if (state->deployment && !waits_for_a_person(*state)) return false;
      if (!state->outbox.empty()) return false;
      if (!state->traffic.settled() || state->rebooted) return false;
      if (state->stable && state->stable->healthy() < static_cast<int>(state->stable->instances.size()))
        return false;
    }
    return daemon_.works();
  }

  void remember(const runner::Transaction& transaction) {
    if (last_.size() == last_shown) last_.pop_front();
    last_.push_back({scene_.now(), transaction});
  }

  Report result() const {
    Report result{.hash = mix({disk_.hash(), static_cast<std::uint64_t>(events_)}),
                  .events = events_,
                  .appends = disk_.appends(),
                  .lasted = scene_.now(),
                  .outcomes = checks_.outcomes(),
                  .marks = scene_.marks,
                  .broken = checks_.broken(),
                  .last = {}};
    if (result.broken)
      for (const Remembered& one : last_) result.last.push_back(describe(one));
    return result;
  }

  struct Remembered {
    Duration at{};
    runner::Transaction transaction;
  };

  static std::string describe(const Remembered& one) {
    const runner::Transaction& transaction = one.transaction;
    std::string text =
        fmt::format("{:>9.3f} s  {}#{} {}", static_cast<double>(one.at.count()) / 1000.0,
                    transaction.target.text(), transaction.number, core::kind(transaction.event));
    if (const auto* ended = std::get_if<core::EffectEnded>(&transaction.event))
      text += fmt::format(
          " {}{}", ended->id.text(),
          ended->outcome.status == core::Outcome::Status::done ? "" : ": " + ended->outcome.message);
    if (const auto* seen = std::get_if<core::InstanceObserved>(&transaction.event))
      text += fmt::format(" {} {}{}", seen->instance.text(),
                          seen->health == core::Health::healthy ? "healthy" : "not healthy",
                          seen->detail.empty() ? "" : ": " + seen->detail);
    if (const auto* verdict = std::get_if<core::VerdictChanged>(&transaction.event))
      text += fmt::format(" {}", judge::name(verdict->verdict.kind));
    for (const core::Note& note : transaction.notes) text += "\n               " + note.text;
    for (const core::Effect& effect : transaction.effects)
      text += fmt::format("\n               > {} {}", effect.id.text(), core::kind(effect.body));
    if (!transaction.reply.message.empty()) text += "\n               = " + transaction.reply.message;
    return text;
  }

  Scene scene_;
  World world_;
  Checks checks_;
  Disk disk_;
  Hands hands_;
  Daemon daemon_;
  Duration away_until_{};
  std::int64_t events_ = 0;
  std::deque<Remembered> last_;
};

}  // namespace

Report run(const Plan& plan, const Interference& interference) {
  Report report = Simulation(plan, interference).run();
  if (report.broken || !plan.apart) return report;
  const auto calm = without_receivers_faults(plan);
  if (!calm) return report;
  report.marks.reach("the same without anybody who can't be told");
  const Report other = Simulation(*calm, interference).run();
  if (other.outcomes == report.outcomes) return report;
  const auto [one, two] = std::ranges::mismatch(report.outcomes, other.outcomes);
  report.broken = Broken{"unhurried", fmt::format("{}; where all letters arrive: {}",
                                                  one == report.outcomes.end() ? "nothing" : *one,
                                                  two == other.outcomes.end() ? "nothing" : *two)};
  return report;
}

}  // namespace slipway::sim
