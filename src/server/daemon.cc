#include "server/daemon.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <set>

#include "base/json.h"
#include "base/log.h"
#include "drivers/probe/prober.h"
#include "drivers/traffic/haproxy_names.h"
#include "os/file.h"
#include "os/process.h"
#include "os/user.h"
#include "server/api/asking.h"
#include "server/artifact_desk.h"
#include "server/calendars.h"
#include "server/checkpoints.h"
#include "server/feed.h"
#include "server/hands.h"
#include "server/http/server.h"
#include "server/keeper.h"
#include "server/listeners.h"
#include "server/live.h"
#include "server/logs.h"
#include "server/needed.h"
#include "server/proof.h"
#include "server/pulse.h"
#include "server/rights.h"
#include "server/servers.h"
#include "server/witness.h"

namespace slipway::server {
namespace {

Result<std::string> boot_id_of(const DaemonOptions& options) {
  constexpr std::size_t at_most = 4096;
  if (!options.boot_id_file) return os::boot_id();
  TRY(const std::string id, os::read_file(*options.boot_id_file, at_most));
  return id.substr(0, id.find('\n'));
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
    case ErrorKind::not_found:
      return 2;
    case ErrorKind::conflict:
    case ErrorKind::refused:
      return 3;
    case ErrorKind::unavailable:
    case ErrorKind::outcome_unknown:
    case ErrorKind::internal:
      return 1;
  }
  return 1;
}

// The whole daemon, wired. Lives on the loop's thread.
class Daemon {
 public:
  Daemon(const DaemonOptions& options, DataDirectory directory,
         std::unique_ptr<journal::SqliteJournal> journal, std::unique_ptr<Loop> loop,
         std::unique_ptr<Hands> hands, Rights rights)
      : directory_(std::move(directory)),
        rights_(std::move(rights)),
        journal_(std::move(journal)),
        decorated_(options.decorate ? options.decorate(*journal_) : nullptr),
        loop_(std::move(loop)),
        hands_(std::move(hands)),
        prober_(
            [this](const auto& target, const auto& name) { return hands_->engine().status(target, name); },
            [this](core::Target target, core::InstanceObserved seen) {
              loop_->post([this, target = std::move(target), seen = std::move(seen)] {
                runner_.deliver(target, seen);
              });
            }),
        keeper_(*loop_, hands_->tending(), keeping(), directory_.unrenewed_for()),
        runner_(clock_, decorated_ ? *decorated_ : *journal_, hands_->driver(), keeper_),
        wakeup_(loop_->timer()),
        calendars_(loop_->timer()),
        pulse_(*loop_, hands_->tending(), clock_, beats()),
        desk_(*loop_, hands_->serving(), hands_->store(), clock_,
              [this] { return needed_artifacts(runner_, *journal_); }),
        checkpoints_(*loop_, hands_->tending(), directory_.hearings()),
        witness_(*loop_, hands_->tending(), clock_, doors()),
        servers_(*loop_, hands_->tending(),
                 {.checked = [this] { return hands_->traffic().checked(); },
                  .targets = [this]() -> const auto& { return runner_.targets(); },
                  .deliver = [this](const core::Target& target,
                                    core::ServersObserved seen) { runner_.deliver(target, std::move(seen)); },
                  .suspended = [this] { return runner_.suspended().has_value(); }}),
        live_(*loop_, hands_->serving(), eyes()),
        logs_(*loop_, hands_->serving(), places()),
        feed_(*journal_, runner_),
        api_({.clock = clock_,
              .runner = runner_,
              .journal = *journal_,
              .artifacts = desk_,
              .live = live_,
              .logs = logs_,
              .events = feed_,
              .users = witness_,
              .lease_left = [this](const core::Target& target) { return keeper_.lease_left(target); },
              .version = options.version,
              .rights = rights_},
             Api::Limits{}) {}

  Status start(const std::string& boot_id) {
    hands_->offers().hand_to(
        [this](const core::Target& target, core::Event event) { runner_.deliver(target, std::move(event)); });
    runner_.on_change([this](const runner::Transaction& transaction) { changed(transaction); });
    TRY(const auto last_boot, journal_->fact("boot_id"));
    // Before anything is decided: the clock may have been put back meanwhile, and targets aren't all as far.
    TRY(const auto known, journal_->recover());
    std::set<core::EffectId> open;
    for (const runner::Recovered& target : known) {
      clock_.at_least(target.state.now);
      for (const core::Effect& effect : target.open) open.insert(effect.id);
    }
    hands_->alert_commands().keep_only(open);
    const auto broken = journal_->resume_audit(clock_.now());
    if (!broken)
      log_warning("whether the audit trail is whole isn't known: {}", broken.error().message);
    else if (*broken)
      log_error("the audit trail is broken: {}; look at it with: slipway audit verify", **broken);
    const bool rebooted = last_boot && *last_boot != boot_id;
    // The proxy starts with what it had for all targets: what was the canary's users' is gone.
    // Durably: whoever comes after this daemon may no longer know of the reboot.
    if (rebooted)
      if (const Status ended = hands_->traffic().end_leases(); !ended)
        log_warning("the leases of before the reboot can't be ended on disk: {}", ended.error().message);
    TRY_VOID(runner_.recover({.rebooted = rebooted,
                              .boot_id = boot_id,
                              .away = directory_.untouched_for(),
                              .unrenewed = directory_.unrenewed_for()}));
    look_at_calendars(Anew::all);
    look_at_proofs();
    set_wakeup();
    boot_id_ = boot_id;
    prober_.start();
    pulse_.start();
    witness_.start();
    servers_.start();
    desk_.collect();
    TRY(os::Fd listener, directory_.listen());
    http_.emplace(*loop_, api_, hands_->serving(), std::move(listener),
                  HttpServer::Settings{.incoming = hands_->store().incoming()});
    return {};
  }

  // What works elsewhere still isn't waited for: it is journalled as begun, and is looked at by the next
  // daemon.
  void stop() {
    http_.reset();
    journal_.reset();
  }

 private:
  WorldKeeper::Hands keeping() {
    return {.renew = [this](const core::Target& target,
                            Time until) { return hands_->traffic().renew(target, until); },
            .probe = [this](auto probes) { prober_.probe(std::move(probes)); },
            .renewed = [this](Time at) { directory_.note_renewals(at); },
            .lapsed = [this](const core::Target& target,
                             Duration away) { runner_.deliver(target, core::LeaseLapsed{away}); },
            .back = [this](const core::Target& target) { runner_.deliver(target, core::LeaseRenewed{}); },
            .suspended = [this] { return runner_.suspended().has_value(); },
            .kept = [this] { set_wakeup(); }};
  }

  Pulse::Beats beats() {
    return {.tend = [this] { return hands_->traffic().tend(); },
            .tended = [this] { look_at_listeners(); },
            .jumped =
                [this](Duration by) {
                  runner_.clock_jumped(by);
                  keeper_.clock_jumped();
                },
            .alive = [this] { alive(); },
            .may_tend =
                [this] {
                  // After a reboot stable comes up first; the proxy is started when it is told of it.
                  return !runner_.recovering() &&
                         std::ranges::none_of(runner_.targets(), [](const auto& entry) {
                           return entry.second.rebooted.has_value();
                         });
                }};
  }

  Witness::Doors doors() {
    return {.take = [this] { return hands_->telemetry().take(); },
            .sample = [this](const core::Target& target,
                             int one_in) { return hands_->traffic().sample(target, one_in); },
            .counts = [this](const auto& targets) { return hands_->traffic().counts(targets); },
            .targets = [this]() -> const auto& { return runner_.targets(); },
            .deliver = [this](const core::Target& target,
                              core::VerdictChanged verdict) { runner_.deliver(target, std::move(verdict)); },
            .alert = [this](const core::Target& target,
                            core::AlertChanged alert) { runner_.deliver(target, std::move(alert)); },
            .suspended = [this] { return runner_.suspended().has_value(); },
            .follow_sessions =
                [this](const core::Target& target) {
                  hands_->telemetry().follow_sessions(drivers::haproxy::frontend_name(target));
                },
            .forget_sessions =
                [this](const core::Target& target) {
                  hands_->telemetry().forget_sessions(drivers::haproxy::frontend_name(target));
                },
            .keep = {.write = [this](const core::Target& target,
                                     const Json& checkpoint) { checkpoints_.write(target, checkpoint); },
                     .read = [this](const core::Target& target) { return checkpoints_.read(target); },
                     .remove = [this](const core::Target& target) { checkpoints_.remove(target); }}};
  }

  WorldLive::Eyes eyes() {
    return {.status = [this](const auto& target,
                             const auto& name) { return hands_->engine().status(target, name); },
            .proxy =
                [this](const core::Target& target) {
                  const auto actual = hands_->traffic().actual(target);
                  return Sight::Proxy{.up = actual.up,
                                      .problem = actual.problem,
                                      .weight = actual.weight,
                                      .in_flight_a = actual.in_flight_a,
                                      .in_flight_b = actual.in_flight_b,
                                      .preview_token = actual.preview_token};
                }};
  }

  InstanceLogs::Places places() {
    return {
        .known = [this](const core::Target& target) { return hands_->engine().known(target); },
        .file = [this](const auto& target, const auto& name) { return hands_->engine().log(target, name); }};
  }

  void set_wakeup() {
    const auto next = runner_.next_wakeup();
    if (!next) return wakeup_->cancel();
    wakeup_->set(std::max(*next - clock_.now(), Duration(1)), [this] {
      runner_.wake();
      set_wakeup();
    });
  }

  // Zone data is read once in a process: what changed of it counts from the next start on.
  void look_at_calendars(Anew which) {
    calendars_->set(std::chrono::hours(1), [this] { look_at_calendars(Anew::what_runs_out); });
    const ResolveCalendar resolve = [](const core::Gates& gates, const auto& release_class, Time from,
                                       Time until) {
      return resolve_calendar(gates, release_class, from, until);
    };
    for (auto& [target, resolved] : resolved_anew(runner_.targets(), which, clock_.now(), resolve))
      runner_.deliver(target, std::move(resolved));
  }

  void look_at_listeners() {
    if (runner_.suspended()) return;
    for (auto& [target, changed] :
         changed_listeners(runner_.targets(), hands_->traffic().missing_listeners()))
      runner_.deliver(target, std::move(changed));
  }

  void look_at_proofs() {
    proofs_to_be_seen_ = false;
    for (auto& [target, withdrawn] : withdrawn_proofs(runner_.targets(), *journal_))
      runner_.deliver(target, std::move(withdrawn));
  }

  void alive() {
    if (runner_.suspended()) return;
    constexpr int seconds_between_touches = 5;
    constexpr int seconds_between_trims = 10;
    // What fifty deployments at once needed is given back.
    if (beats_ % seconds_between_trims == 0) ::malloc_trim(0);
    if (++beats_ % seconds_between_touches == 1) {
      directory_.touch();
      keeper_.note_renewals();
    }
    // Noted only once every target knows of it: a daemon that crashes before that tells them again.
    if (noted_boot_id_ != boot_id_ && journal_->set_fact("boot_id", boot_id_)) noted_boot_id_ = boot_id_;
  }

  void changed(const runner::Transaction& transaction) {
    for (const core::Note& note : transaction.notes) log_info("{}: {}", transaction.target.text(), note.text);
    if (transaction.closes) hands_->alert_commands().forget(*transaction.closes);
    feed_.publish(transaction);
    witness_.changed(transaction.state);
    servers_.changed(transaction.state);
    for (const core::DeploymentRecord& record : transaction.records)
      if (record.ended) loop_->post([this, target = transaction.target] { tidy_up(target); });
    if (may_withdraw_proofs(transaction) && !std::exchange(proofs_to_be_seen_, true))
      loop_->post([this] { look_at_proofs(); });
  }

  // Where something begins, goes back or ends; or an offer arrives late.
  static bool may_withdraw_proofs(const runner::Transaction& transaction) {
    const auto& deployment = transaction.state.deployment;
    return !transaction.records.empty() || (deployment && deployment->undoing) ||
           std::holds_alternative<core::ReleaseOffered>(transaction.event);
  }

  void tidy_up(const core::Target& target) {
    constexpr int deployments_with_logs = 10;
    desk_.collect();
    std::set<int> in_use;
    if (const core::TargetState* state = runner_.find(target)) {
      for (const auto* fleet : {&state->stable, &state->canary, &state->previous})
        if (*fleet) in_use.insert((*fleet)->deployment);
    }
    hands_->serving().run([this, target, in_use] {
      if (const Status pruned = hands_->engine().prune(target, deployments_with_logs, in_use); !pruned)
        log_warning("old logs of {} can't be removed: {}", target.text(), pruned.error().message);
    });
  }

  DataDirectory directory_;
  Rights rights_;
  std::unique_ptr<journal::SqliteJournal> journal_;
  std::unique_ptr<runner::Journal> decorated_;
  SteadyWall clock_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<Hands> hands_;
  drivers::Prober prober_;
  WorldKeeper keeper_;
  runner::Runner runner_;
  std::unique_ptr<Loop::Timer> wakeup_;
  std::unique_ptr<Loop::Timer> calendars_;
  Pulse pulse_;
  ArtifactDesk desk_;
  Checkpoints checkpoints_;
  Witness witness_;
  ServerWatch servers_;
  WorldLive live_;
  InstanceLogs logs_;
  Feed feed_;
  Api api_;
  std::optional<HttpServer> http_;
  std::string boot_id_;
  std::string noted_boot_id_;
  int beats_ = 0;
  bool proofs_to_be_seen_ = false;
};

// Each instance's shim is asked over a socket, and logs are followed over files of their own.
void allow_many_files() {
  constexpr rlim_t plenty = 65'536;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= plenty) return;
  files.rlim_cur = std::min(files.rlim_max, plenty);
  ::setrlimit(RLIMIT_NOFILE, &files);
}

// A client of ours that goes, or a terminal that closes, must not end the daemon. A handler, unlike SIG_IGN,
// isn't passed on to the programs that are started.
void survive_broken_pipes() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  ::sigaction(SIGPIPE, &action, nullptr);
}

Result<int> run(const DaemonOptions& options) {
  if (!options.run_as.empty() && !os::find_user(options.run_as))
    return fail(ErrorKind::invalid_input, "there is no user {}: --run-as names whom instances run as",
                options.run_as);
  TRY(DataDirectory directory, DataDirectory::open(options.data));
  TRY(const std::string boot_id, boot_id_of(options));
  TRY(Rights rights, Rights::load(options.users.value_or(directory.users()), options.users.has_value()));
  TRY(auto journal, journal::SqliteJournal::open(directory.journal()));
  auto loop = std::make_unique<Loop>();
  TRY(auto hands, Hands::open(options, directory, *loop));
  Loop& the_loop = *loop;
  const std::string where = directory.path();
  the_loop.stop_on_signals();
  // Never destroyed: work on other threads may still use it when the process ends.
  auto* const daemon = new Daemon(options, std::move(directory), std::move(journal), std::move(loop),
                                  std::move(hands), std::move(rights));
  if (const Status started = daemon->start(boot_id); !started) {
    log_error("the daemon can't start: {}", started.error().message);
    std::_Exit(exit_code(started.error().kind));
  }
  log_info("slipway {} serves {} (pid {})", options.version, where, ::getpid());
  the_loop.run();
  log_info("the daemon ends as asked; instances and the proxy live on");
  daemon->stop();
  std::_Exit(0);
}

}  // namespace

int serve(const DaemonOptions& options) {
  constexpr int few_arenas = 2;  // threads come and go; each arena would keep memory of its own
  ::mallopt(M_ARENA_MAX, few_arenas);
  allow_many_files();
  survive_broken_pipes();
  const auto code = run(options);
  if (code) return *code;
  log_error("the daemon can't start: {}", code.error().message);
  return exit_code(code.error().kind);
}

}  // namespace slipway::server
