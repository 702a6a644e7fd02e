#include "core/json.h"

#include <type_traits>

#include "base/words.h"
#include "core/gates_json.h"
#include "judge/json.h"

// Keys that a newer Slipway added are missing in what an older one wrote, and so keep their defaults.
namespace slipway::core {

using SmokeWhen = SmokeTest::When;
using StageKind = Stage::Kind;
using OutcomeStatus = Outcome::Status;
using RequestKind = Request::Kind;
using UnprovenWhy = Unproven::Why;

SLIPWAY_WORDS(SmokeWhen, Word<SmokeWhen>{SmokeWhen::canary, "canary"},
              Word<SmokeWhen>{SmokeWhen::promoted, "promoted"}, Word<SmokeWhen>{SmokeWhen::both, "both"})
SLIPWAY_WORDS(Undecided, Word<Undecided>{Undecided::pause, "pause"},
              Word<Undecided>{Undecided::advance, "advance"},
              Word<Undecided>{Undecided::roll_back, "roll_back"})
SLIPWAY_WORDS(Pool, Word<Pool>{Pool::a, "a"}, Word<Pool>{Pool::b, "b"})
SLIPWAY_WORDS(OutcomeStatus, Word<OutcomeStatus>{OutcomeStatus::done, "done"},
              Word<OutcomeStatus>{OutcomeStatus::failed, "failed"},
              Word<OutcomeStatus>{OutcomeStatus::unavailable, "unavailable"})
SLIPWAY_WORDS(RequestKind, Word<RequestKind>{RequestKind::deploy, "deploy"},
              Word<RequestKind>{RequestKind::rollback, "rollback"})
SLIPWAY_WORDS(UnprovenWhy, Word<UnprovenWhy>{UnprovenWhy::bakes, "bakes"},
              Word<UnprovenWhy>{UnprovenWhy::cut_short, "cut_short"},
              Word<UnprovenWhy>{UnprovenWhy::taken_back, "taken_back"})
SLIPWAY_WORDS(Health, Word<Health>{Health::starting, "starting"}, Word<Health>{Health::healthy, "healthy"},
              Word<Health>{Health::unhealthy, "unhealthy"}, Word<Health>{Health::gone, "gone"})
SLIPWAY_WORDS(Seen, Word<Seen>{Seen::up, "up"}, Word<Seen>{Seen::unchecked, "unchecked"},
              Word<Seen>{Seen::down, "down"})
SLIPWAY_WORDS(OutcomeKind, Word<OutcomeKind>{OutcomeKind::under_way, "under_way"},
              Word<OutcomeKind>{OutcomeKind::promoted, "promoted"},
              Word<OutcomeKind>{OutcomeKind::rolled_back, "rolled_back"},
              Word<OutcomeKind>{OutcomeKind::aborted, "aborted"},
              Word<OutcomeKind>{OutcomeKind::superseded, "superseded"},
              Word<OutcomeKind>{OutcomeKind::failed, "failed"})
SLIPWAY_WORDS(StageKind, Word<StageKind>{StageKind::checklist, "checklist"},
              Word<StageKind>{StageKind::approval, "approval"}, Word<StageKind>{StageKind::window, "window"},
              Word<StageKind>{StageKind::start, "start"}, Word<StageKind>{StageKind::healthy, "healthy"},
              Word<StageKind>{StageKind::route, "route"}, Word<StageKind>{StageKind::smoke, "smoke"},
              Word<StageKind>{StageKind::shift, "shift"}, Word<StageKind>{StageKind::hold, "hold"},
              Word<StageKind>{StageKind::promote, "promote"}, Word<StageKind>{StageKind::verify, "verify"},
              Word<StageKind>{StageKind::bake, "bake"}, Word<StageKind>{StageKind::drain, "drain"},
              Word<StageKind>{StageKind::retire, "retire"},
              Word<StageKind>{StageKind::return_users, "return_users"},
              Word<StageKind>{StageKind::drain_canary, "drain_canary"},
              Word<StageKind>{StageKind::stop_canary, "stop_canary"})

}  // namespace slipway::core

namespace nlohmann {

template <>
struct adl_serializer<slipway::core::Event> {
  static void to_json(json& j, const slipway::core::Event& event) { j = slipway::core::event_to_json(event); }
};

}  // namespace nlohmann

namespace slipway::core {

SLIPWAY_JSON(HealthCheck, path, host, expect, interval, timeout, grace, panic)
SLIPWAY_JSON(Run, command, env, instances, maximum_percent, health, drain, progress_deadline)
SLIPWAY_JSON(CanaryStep, weight, hold, early)
SLIPWAY_JSON(Strategy, steps, undecided, bake, lease, judge, compared)
SLIPWAY_JSON(Sticky, cookie, header, drawn, trusted_proxies)
SLIPWAY_JSON(SmokeTest, name, get, expect, command, timeout, when)
SLIPWAY_JSON(Bound, listen, url, run, preview, sticky, strategy, rollback_triggers, smoke_tests, gates,
             notifications, alerts)

SLIPWAY_JSON(Target, service, environment)
SLIPWAY_JSON(Release, revision, version, digest)
SLIPWAY_JSON(EffectId, target, event, ordinal)
SLIPWAY_JSON(InstanceName, deployment, ordinal)
SLIPWAY_JSON(StartInstance, instance, release, command, env, drain)
SLIPWAY_JSON(StopInstance, instance, drain)
SLIPWAY_JSON(Server, instance, port, refused)
SLIPWAY_JSON(PoolRouting, servers, health_path, health_host, health_interval, health_timeout, health_status,
             panic)
SLIPWAY_JSON(Routing, listen, stable, canary, fallback, weight, lease, salt, preview, previewed, sticky, a, b,
             slots)
SLIPWAY_JSON(ApplyRouting, routing)
SLIPWAY_JSON(AwaitDrained, pool, at_most)
SLIPWAY_JSON(RunSmokeTests, release, tests, addresses, host, answering)
SLIPWAY_JSON(SmokeResult, test, address, passed, detail, took)
SLIPWAY_JSON(Source, commit, branch, changes)
SLIPWAY_JSON(RunCheck, check, release, source, github, run, stable, healthy, replaces, alarms, alerts,
             rollback_within, way_back)
SLIPWAY_JSON(Notify, id, channel, notice)
SLIPWAY_JSON(OfferRelease, to, release, from)
SLIPWAY_JSON(RunAlertCommand, alert, release, value)
SLIPWAY_JSON(Outcome, status, message, port, in_flight, last_request, unchecked, smoke, evidence, retry_after)

SLIPWAY_JSON(Proof, environment, digest, deployment, at)
SLIPWAY_JSON(Unproven, environment, why, deployment, until, cause)
SLIPWAY_JSON(Request, kind, release, bound, by, reason, source, proofs, unproven, calendar, release_class,
             wait, not_before, overrides)
SLIPWAY_JSON(DeployRequested, request, end_bake)
SLIPWAY_JSON(RollbackRequested, by, reason, revision, earlier, force)
SLIPWAY_JSON(AbortRequested, by, reason)
SLIPWAY_JSON(PromoteRequested, by, reason)
SLIPWAY_JSON(PauseRequested, by, reason)
SLIPWAY_JSON(ResumeRequested, by, reason)
SLIPWAY_JSON(VerdictChanged, deployment, verdict)
SLIPWAY_JSON(EffectEnded, id, outcome)
SLIPWAY_JSON(InstanceObserved, instance, health, detail, restarts, says_no)
static void to_json(Json& json, const TimePassed&) {
  json = Json::object();
}
static void from_json(const Json&, TimePassed&) {}
SLIPWAY_JSON(HostRebooted, boot_id)
SLIPWAY_JSON(LeaseLapsed, away)
static void to_json(Json& json, const LeaseRenewed&) {
  json = Json::object();
}
static void from_json(const Json&, LeaseRenewed&) {}
SLIPWAY_JSON(WasAway, away)
SLIPWAY_JSON(ClockJumped, by)
SLIPWAY_JSON(CalendarResolved, deployment, calendar)
SLIPWAY_JSON(FreezeRequested, by, reason, from, to)
SLIPWAY_JSON(FreezeLifted, by, reason, number)
SLIPWAY_JSON(EmergencyRequested, by, reason, until, rule)
SLIPWAY_JSON(ApprovalGiven, by, reason)
SLIPWAY_JSON(ApprovalDeclined, by, reason)
SLIPWAY_JSON(Attested, by, check, note, artifact)
SLIPWAY_JSON(CheckOverridden, by, check, reason)
SLIPWAY_JSON(AlertChanged, deployment, alert, firing, value)
SLIPWAY_JSON(ReleaseOffered, release, from)
SLIPWAY_JSON(ProofWithdrawn, digest, unproven)
SLIPWAY_JSON(ListenersChanged, missing)
SLIPWAY_JSON(ServersObserved::Word, instance, up, detail)
SLIPWAY_JSON(ServersObserved, words)

SLIPWAY_JSON(Stage, kind, weight, duration, early)
SLIPWAY_JSON(Instance, name, port, running, open, ending, failures, retry_at, health, detail, restarts,
             says_no, seen, seen_detail, since)
SLIPWAY_JSON(Fleet, deployment, release, bound, pool, leaving, stopping, instances)
SLIPWAY_JSON(Approval, by, reason, at)
SLIPWAY_JSON(Checking, check, open, evidence, failures, retry_at, since, problem)
SLIPWAY_JSON(Gating, request, source, calendar, release_class, not_before, checks, needed, approvals, proofs,
             wait, said, begun)
SLIPWAY_JSON(Firing, alert, since, value)
SLIPWAY_JSON(Freeze, number, by, reason, from, to)
SLIPWAY_JSON(Emergency, people, rule, from, until)
SLIPWAY_JSON(Letter, id, channel, notice, open, failures, retry_at)
SLIPWAY_JSON(Commanded, open, deployment, alert)
SLIPWAY_JSON(Handover, offer, open, failures, retry_at)
SLIPWAY_JSON(Offer, release, from, at)
SLIPWAY_JSON(Stuck, since, reason)
SLIPWAY_JSON(Paused, since, by, reason)
SLIPWAY_JSON(DeploymentRecord, number, kind, release, replaced, by, reason, started, promoted, ended,
             untouched, cut_short, outcome, cause, first_bad, decided, last_request, evidence, source, checks,
             approvals)
SLIPWAY_JSON(Deployment, record, stages, cursor, entered, spent, open, effect_done, retry_at, failures,
             undoing, force, stuck, paused, lapsed, extended, go_on, verdict, exposed, step, trail_before,
             gating, firing, announced, unserved)
SLIPWAY_JSON(Traffic, wanted, applied, sent, open, failures, retry_at, problem)
SLIPWAY_JSON(TargetState, format, target, events, now, deployments, stable, canary, previous, traffic,
             deployment, queued, queued_number, trail, went_back, rebooted, boot, evidence, freezes,
             freeze_number, emergency, outbox, offer, commanded, handovers, missing_listeners)

void to_json(Json& json, const Reply& reply) {
  json = {{"accepted", reply.accepted}, {"message", reply.message}, {"deployment", reply.deployment}};
}

namespace {

// A variant is {"kind": …, …the alternative's own keys}. The alternatives' kinds are what kind() says.
template <class Variant>
Json write_variant(const Variant& variant) {
  return std::visit(
      [&](const auto& alternative) {
        Json json = alternative;
        json["kind"] = kind(variant);
        return json;
      },
      variant);
}

template <class Variant, std::size_t I = 0>
void read_variant(const Json& json, Variant& variant) {
  if constexpr (I == std::variant_size_v<Variant>) {
    throw Json::other_error::create(501, "unknown kind " + json.at("kind").dump(), &json);
  } else {
    Variant candidate{std::in_place_index<I>};
    if (json.at("kind").get<std::string>() != kind(candidate))
      return read_variant<Variant, I + 1>(json, variant);
    json.get_to(std::get<I>(candidate));
    variant = std::move(candidate);
  }
}

}  // namespace

void to_json(Json& json, const Effect& effect) {
  json = {{"id", effect.id}, {"do", write_variant(effect.body)}};
}
void from_json(const Json& json, Effect& effect) {
  json.at("id").get_to(effect.id);
  read_variant(json.at("do"), effect.body);
}

Json event_to_json(const Event& event) {
  return write_variant(event);
}

Result<Event> event_from_json(const Json& json) {
  try {
    Event event;
    read_variant(json, event);
    return event;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorKind::invalid_input, "event: {}", e.what());
  }
}

}  // namespace slipway::core
