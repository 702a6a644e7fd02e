#include "core/json.h"

#include <array>
#include <type_traits>

// Keys that a newer Slipway added are missing in what an older one wrote, and so keep their defaults. A word
// that this one doesn't know is an error: it must not be taken for another.
namespace slipway::core {
namespace {

template <class Enum>
struct Word {
  Enum value;
  std::string_view word;
};

template <class Enum, std::size_t N>
void write_word(Json& json, Enum value, const std::array<Word<Enum>, N>& words) {
  for (const auto& [candidate, word] : words)
    if (candidate == value) json = word;
}

template <class Enum, std::size_t N>
void read_word(const Json& json, Enum& value, const std::array<Word<Enum>, N>& words) {
  const auto text = json.get<std::string>();
  for (const auto& [candidate, word] : words) {
    if (word != text) continue;
    value = candidate;
    return;
  }
  throw Json::other_error::create(501, "unknown word \"" + text + "\"", &json);
}

}  // namespace

#define WORDS(Enum, ...)                                                  \
  constexpr std::array words_of_##Enum{__VA_ARGS__};                      \
  [[maybe_unused]] static void to_json(Json& json, Enum value) {          \
    write_word(json, value, words_of_##Enum);                             \
  }                                                                       \
  [[maybe_unused]] static void from_json(const Json& json, Enum& value) { \
    read_word(json, value, words_of_##Enum);                              \
  }

using SecretSource = SecretRef::Source;
using SmokeWhen = SmokeTest::When;
using StageKind = Stage::Kind;
using OutcomeStatus = Outcome::Status;
using RequestKind = Request::Kind;

WORDS(SecretSource, Word<SecretSource>{SecretSource::environment, "environment"},
      Word<SecretSource>{SecretSource::file, "file"}, Word<SecretSource>{SecretSource::command, "command"})
WORDS(SmokeWhen, Word<SmokeWhen>{SmokeWhen::canary, "canary"},
      Word<SmokeWhen>{SmokeWhen::promoted, "promoted"}, Word<SmokeWhen>{SmokeWhen::both, "both"})
WORDS(Pool, Word<Pool>{Pool::a, "a"}, Word<Pool>{Pool::b, "b"})
WORDS(OutcomeStatus, Word<OutcomeStatus>{OutcomeStatus::done, "done"},
      Word<OutcomeStatus>{OutcomeStatus::failed, "failed"},
      Word<OutcomeStatus>{OutcomeStatus::unavailable, "unavailable"})
WORDS(RequestKind, Word<RequestKind>{RequestKind::deploy, "deploy"},
      Word<RequestKind>{RequestKind::rollback, "rollback"})
WORDS(Health, Word<Health>{Health::starting, "starting"}, Word<Health>{Health::healthy, "healthy"},
      Word<Health>{Health::unhealthy, "unhealthy"}, Word<Health>{Health::gone, "gone"})
WORDS(OutcomeKind, Word<OutcomeKind>{OutcomeKind::under_way, "under_way"},
      Word<OutcomeKind>{OutcomeKind::promoted, "promoted"},
      Word<OutcomeKind>{OutcomeKind::rolled_back, "rolled_back"},
      Word<OutcomeKind>{OutcomeKind::aborted, "aborted"},
      Word<OutcomeKind>{OutcomeKind::superseded, "superseded"},
      Word<OutcomeKind>{OutcomeKind::failed, "failed"})
WORDS(StageKind, Word<StageKind>{StageKind::start, "start"}, Word<StageKind>{StageKind::healthy, "healthy"},
      Word<StageKind>{StageKind::route, "route"}, Word<StageKind>{StageKind::smoke, "smoke"},
      Word<StageKind>{StageKind::shift, "shift"}, Word<StageKind>{StageKind::hold, "hold"},
      Word<StageKind>{StageKind::promote, "promote"}, Word<StageKind>{StageKind::verify, "verify"},
      Word<StageKind>{StageKind::bake, "bake"}, Word<StageKind>{StageKind::drain, "drain"},
      Word<StageKind>{StageKind::retire, "retire"}, Word<StageKind>{StageKind::return_users, "return_users"},
      Word<StageKind>{StageKind::drain_canary, "drain_canary"},
      Word<StageKind>{StageKind::stop_canary, "stop_canary"})
#undef WORDS

}  // namespace slipway::core

namespace nlohmann {

template <>
struct adl_serializer<slipway::core::EnvironmentValue> {
  static void to_json(json& j, const slipway::core::EnvironmentValue& value);
  static void from_json(const json& j, slipway::core::EnvironmentValue& value);
};

template <>
struct adl_serializer<slipway::core::Event> {
  static void to_json(json& j, const slipway::core::Event& event) { j = slipway::core::event_to_json(event); }
};

}  // namespace nlohmann

namespace slipway::core {

// What NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT defines, but not inline: json.h declares these for
// other files.
#define LOCAL_JSON(Type, ...)                                                               \
  void to_json(Json& nlohmann_json_j, const Type& nlohmann_json_t) {                        \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))                \
  }                                                                                         \
  void from_json(const Json& nlohmann_json_j, Type& nlohmann_json_t) {                      \
    const Type nlohmann_json_default_obj{};                                                 \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_FROM_WITH_DEFAULT, __VA_ARGS__)) \
  }

LOCAL_JSON(SecretRef, source, name, command)

}  // namespace slipway::core

namespace nlohmann {
// A plain value is a string, a reference an object with the one key "secret".
void adl_serializer<slipway::core::EnvironmentValue>::to_json(json& j,
                                                              const slipway::core::EnvironmentValue& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    j = *text;
  else
    j = json{{"secret", std::get<slipway::core::SecretRef>(value)}};
}
void adl_serializer<slipway::core::EnvironmentValue>::from_json(const json& j,
                                                                slipway::core::EnvironmentValue& value) {
  if (j.is_string())
    value = j.get<std::string>();
  else
    value = j.at("secret").get<slipway::core::SecretRef>();
}
}  // namespace nlohmann

namespace slipway::core {

// A field's `equals` may be any JSON, null included, so its absence is a missing key.
static void to_json(Json& json, const Expectation::Field& field) {
  json = {{"path", field.path}};
  if (field.equals) json["equals"] = *field.equals;
}
static void from_json(const Json& json, Expectation::Field& field) {
  json.at("path").get_to(field.path);
  if (json.contains("equals")) field.equals = json.at("equals");
}

LOCAL_JSON(Expectation, status, headers, json)
LOCAL_JSON(HealthCheck, path, expect, interval, timeout, grace)
LOCAL_JSON(Run, command, env, instances, maximum_percent, health, drain, progress_deadline)
LOCAL_JSON(CanaryStep, weight, hold)
LOCAL_JSON(Strategy, steps, bake, lease)
LOCAL_JSON(SmokeTest, name, get, expect, command, timeout, when)
LOCAL_JSON(Bound, listen, url, run, strategy, smoke_tests)

LOCAL_JSON(Target, service, environment)
LOCAL_JSON(Release, revision, version, digest)
LOCAL_JSON(EffectId, target, event, ordinal)
LOCAL_JSON(InstanceName, deployment, ordinal)
LOCAL_JSON(StartInstance, instance, release, command, env, drain)
LOCAL_JSON(StopInstance, instance, drain)
LOCAL_JSON(Server, instance, port)
LOCAL_JSON(PoolRouting, servers, health_path, health_interval, health_timeout, health_status)
LOCAL_JSON(Routing, listen, stable, canary, fallback, weight, lease, salt, a, b, slots)
LOCAL_JSON(ApplyRouting, routing)
LOCAL_JSON(AwaitDrained, pool, at_most)
LOCAL_JSON(RunSmokeTests, release, tests, addresses)
LOCAL_JSON(SmokeResult, test, address, passed, detail, took)
LOCAL_JSON(Outcome, status, message, port, in_flight, smoke)

LOCAL_JSON(Request, kind, release, bound, by, reason)
LOCAL_JSON(DeployRequested, request, end_bake)
LOCAL_JSON(RollbackRequested, by, reason, revision, earlier, force)
LOCAL_JSON(AbortRequested, by, reason)
LOCAL_JSON(EffectEnded, id, outcome)
LOCAL_JSON(InstanceObserved, instance, health, detail, restarts)
static void to_json(Json& json, const TimePassed&) {
  json = Json::object();
}
static void from_json(const Json&, TimePassed&) {}
LOCAL_JSON(HostRebooted, boot_id)
LOCAL_JSON(LeaseLapsed, away)
LOCAL_JSON(ClockJumped, by)

LOCAL_JSON(Stage, kind, weight, duration)
LOCAL_JSON(Instance, name, port, running, open, ending, failures, retry_at, health, detail, restarts, since)
LOCAL_JSON(Fleet, deployment, release, bound, pool, leaving, stopping, instances)
LOCAL_JSON(Stuck, since, reason)
LOCAL_JSON(DeploymentRecord, number, kind, release, replaced, by, reason, started, promoted, ended, outcome,
           cause)
LOCAL_JSON(Deployment, record, stages, cursor, entered, spent, open, effect_done, retry_at, failures, undoing,
           force, stuck)
LOCAL_JSON(Traffic, wanted, applied, sent, open, failures, retry_at, problem)
LOCAL_JSON(TargetState, format, target, events, now, deployments, stable, canary, previous, traffic,
           deployment, queued, queued_number, trail, rebooted)
#undef LOCAL_JSON

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
