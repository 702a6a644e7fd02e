#include "core/gates_json.h"

#include <type_traits>

#include "base/words.h"

namespace slipway::core {

using SecretSource = SecretRef::Source;
SLIPWAY_WORDS(SecretSource, Word<SecretSource>{SecretSource::environment, "environment"},
              Word<SecretSource>{SecretSource::file, "file"},
              Word<SecretSource>{SecretSource::command, "command"})
using CheckKind = Check::Kind;
SLIPWAY_WORDS(CheckKind, Word<CheckKind>{CheckKind::run, "run"}, Word<CheckKind>{CheckKind::http, "http"},
              Word<CheckKind>{CheckKind::github, "github"}, Word<CheckKind>{CheckKind::attest, "attest"},
              Word<CheckKind>{CheckKind::builtin, "builtin"})
using CheckGitHub = Check::GitHub;
SLIPWAY_WORDS(CheckGitHub, Word<CheckGitHub>{CheckGitHub::checks, "checks"},
              Word<CheckGitHub>{CheckGitHub::approved, "approved"})
using CheckBuiltin = Check::Builtin;
SLIPWAY_WORDS(CheckBuiltin, Word<CheckBuiltin>{CheckBuiltin::rollback_plan, "rollback_plan"},
              Word<CheckBuiltin>{CheckBuiltin::configuration_resolves, "configuration_resolves"},
              Word<CheckBuiltin>{CheckBuiltin::traffic_healthy, "traffic_healthy"},
              Word<CheckBuiltin>{CheckBuiltin::alerts_armed, "alerts_armed"},
              Word<CheckBuiltin>{CheckBuiltin::capacity, "capacity"})
using Expired = Approvals::Expired;
SLIPWAY_WORDS(Expired, Word<Expired>{Expired::abort, "abort"}, Word<Expired>{Expired::proceed, "proceed"})
SLIPWAY_WORDS(AtClose, Word<AtClose>{AtClose::finish, "finish"}, Word<AtClose>{AtClose::hold, "hold"},
              Word<AtClose>{AtClose::roll_back, "roll_back"})
using ChannelKind = Channel::Kind;
SLIPWAY_WORDS(ChannelKind, Word<ChannelKind>{ChannelKind::slack, "slack"},
              Word<ChannelKind>{ChannelKind::webhook, "webhook"},
              Word<ChannelKind>{ChannelKind::command, "command"})
SLIPWAY_WORDS(NoticeKind, Word<NoticeKind>{NoticeKind::started, "started"},
              Word<NoticeKind>{NoticeKind::completed, "completed"},
              Word<NoticeKind>{NoticeKind::failed, "failed"},
              Word<NoticeKind>{NoticeKind::rolled_back, "rolled_back"},
              Word<NoticeKind>{NoticeKind::approval_needed, "approval_needed"},
              Word<NoticeKind>{NoticeKind::checklist_failed, "checklist_failed"},
              Word<NoticeKind>{NoticeKind::stuck, "stuck"}, Word<NoticeKind>{NoticeKind::alert, "alert"},
              Word<NoticeKind>{NoticeKind::override_, "override"})
using AlertMetric = Alert::Metric;
SLIPWAY_WORDS(AlertMetric, Word<AlertMetric>{AlertMetric::errors, "errors"},
              Word<AlertMetric>{AlertMetric::latency, "latency"})
using AlertStatistic = Alert::Statistic;
SLIPWAY_WORDS(AlertStatistic, Word<AlertStatistic>{AlertStatistic::sum, "sum"},
              Word<AlertStatistic>{AlertStatistic::average, "average"})

SLIPWAY_JSON(SecretRef, source, name, command)

}  // namespace slipway::core

namespace nlohmann {
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

SLIPWAY_JSON(Expectation, status, headers, json)
SLIPWAY_JSON(Check, group, name, kind, command, url, expect, github, builtin, timeout, fresh_for)
SLIPWAY_JSON(Evidence, check, artifact, passed, by, overridden, summary, tail, digest, at, took)
SLIPWAY_JSON(Approvals, needed, expires, then)
SLIPWAY_JSON(EmergencyRule, people, longest)
SLIPWAY_JSON(GitHub, repository, api, token)
SLIPWAY_JSON(Gates, after, then, calendar, schedule, at_close, emergency, checklist, github, approvals,
             rollback_within)
SLIPWAY_JSON(Channel, kind, url, signing, command, on, templates)
SLIPWAY_JSON(Notice, kind, service, environment, deployment, version, previous, by, reason, at, started,
             expected, took, cause, rollback_plan, changes, url)
SLIPWAY_JSON(Alert, name, metric, statistic, above, period, evaluation_periods, notify, command, roll_back)

std::string_view name(NoticeKind kind) {
  for (const auto& word : words_of_NoticeKind)
    if (word.value == kind) return word.word;
  return "";
}

}  // namespace slipway::core
