#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "sim/gate.h"

// What is to happen in a run, before it begins: printable, and read back from what was printed.
namespace slipway::sim {

// One target and how releases go to it.
struct Place {
  core::Target target;
  int instances = 1;
  std::vector<core::CanaryStep> steps;
  core::Undecided undecided = core::Undecided::pause;
  Duration bake{};
  Duration lease{};
  Duration grace{};
  Duration progress{};  // the progress deadline
  Duration drain{};
  bool judged = false;      // has rollback triggers, and is compared with stable
  bool sequential = false;  // by the trial's evidence; else by the triggers as they are written
  int smoke = 0;            // tests before users (1), after promotion (2), or both (3)
  int users = 0;            // requests a second
  Gate gate;
  bool operator==(const Place&) const = default;
};

// A command of a person, a fault, or what a release is like. Removing one moves no other.
struct Entry {
  enum class Kind {
    // commands, at `at`
    deploy,           // release `number`
    deploy_end_bake,  // the same, cutting a bake short
    rollback,
    rollback_to,  // release `number`
    rollback_force,
    abort,
    promote,
    pause,
    resume,
    deploy_waiting,  // release `number`, when it is open
    deploy_later,    // the same, not before `lasts` from `at`
    approve,         // person `number`; 0 is the author
    decline,
    attest,          // check `number`
    override_check,  // the same
    freeze,          // for `lasts`, beginning `number` ms later
    unfreeze,        // freeze `number`
    emergency,       // for `lasts`, asked for by person `number`
    // faults that last
    proxy_unavailable,  // says so, and does nothing
    proxy_lost,         // acts, and its answer is lost
    proxy_slow,
    proxy_half,     // takes a part of what it is told, and says that it took nothing
    proxy_late,     // says that it took nothing, and takes it later
    proxy_refuses,  // a new address is taken
    proxy_deaf,     // its master does nothing: no reload until it is over; its worker answers
    reload_half,    // a reload takes a part of those that wait, or less than their last change
    checks_hang,    // whoever asks for an instance's health, as what all of them depend on doesn't answer
    renewals_fail,
    engine_unavailable,
    smoke_unavailable,
    telemetry_lost,
    canary_unheard,  // the canary's records alone are lost: all, or but one in `number`
    journal_full,
    checks_unavailable,
    receiver_down,     // of letters
    receiver_slow,     // and some of them it takes without an answer
    receiver_busy,     // "not now, later"
    receiver_refuses,  // takes them never
    daemon_away,       // it dies at `at`, and comes back after `lasts`
    // faults at `at`, of the place of the run that comes next
    dies_before_append,
    dies_after_append,
    dies_after_effect,
    dies_before_outcome,
    dies_while_routing,  // when the proxy has taken a part
    append_fails,        // the `number`th from then on, from 0; so it is with deaths at an append
    instance_gone,       // the `number`th of those that run, and no shim restarts it
    instance_crashes,    // the same, and its shim restarts it
    proxy_restarts,      // down for `lasts`
    host_reboots,        // all is down for `lasts`
    power_fails,         // the same, in the middle of an append
    tail_lost,           // the same, and the disk hadn't written the last `number` transactions
    clock_jumps,         // by `number` ms
    // what release `number` is like, until all is healed
    starts_slowly,
    never_healthy,
    keeps_crashing,
    leaks,  // ever slower, then killed
    no_such_program,
    fails_requests,
    fails_a_few,    // fewer than any limit says
    fails_at_load,  // the same, once it has all users
    slow_requests,
    fails_smoke,
    holds_requests,  // for longer than drains last
    shunned,         // the proxy counts its instances as down, the daemon doesn't
    fails_check,
  };
  Kind kind = Kind::deploy;
  int place = 0;  // which target, where that matters
  Duration at{};
  Duration lasts{};
  std::int64_t number = 0;
  bool operator==(const Entry&) const = default;
};

std::string_view name(Entry::Kind kind);

struct Plan {
  std::uint64_t seed = 0;
  Duration heals{};  // from then on nothing fails, and what is under way must come to its end
  std::vector<Place> places;
  std::vector<Entry> entries;  // by `at`
  // How things go is drawn by what they are and how many there were of them, not by when they were asked for:
  // letters that are sent again move nothing else.
  bool apart = false;
  bool operator==(const Plan&) const = default;
};

// Each seed switches a part of the features and faults off, and weighs the rest differently.
Plan make_plan(std::uint64_t seed);

std::string describe(const Plan& plan);
// invalid_input, with the line.
Result<Plan> parse_plan(std::string_view text);

}  // namespace slipway::sim
