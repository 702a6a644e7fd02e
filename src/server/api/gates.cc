#include "calendar/moment.h"
#include "config/names.h"
#include "server/api/api.h"
#include "server/api/asking.h"
#include "server/api/fields.h"
#include "server/api/problem.h"

// The calls about what is asked before a deployment begins.
namespace slipway::server {
namespace {

Result<Time> moment(const Fields& fields, std::string_view key) {
  TRY(const std::string text, fields.text(key));
  return calendar::parse_moment(text);
}

// Of a target that nothing was deployed to yet: as a configuration would have to be.
Status check_names(const core::Target& target) {
  config::Problems problems;
  config::check_name("service", {target.service, {}}, problems);
  config::check_name("environment", {target.environment, {}}, problems);
  for (const config::Problem& problem : std::move(problems).take())
    return fail(ErrorKind::invalid_input, "{}: {}", problem.message, problem.hint);
  return {};
}

// It holds for the first deployment too.
bool may_come_first(const core::Event& event) {
  return std::holds_alternative<core::FreezeRequested>(event) ||
         std::holds_alternative<core::EmergencyRequested>(event);
}

}  // namespace

Result<core::Event> Api::attested(const core::Target& target, const Request& request) const {
  TRY(const Fields fields, Fields::read(request.body, {"check", "reason", "version"}));
  core::Attested event{.by = request.user};
  TRY(event.check, fields.text("check"));
  TRY(event.note, fields.line("reason"));
  TRY(const auto version, fields.maybe_text("version"));
  if (!version) return event;
  TRY(const auto digest, world_.journal.digest_of(target.service, *version));
  if (!digest)
    return fail(ErrorKind::not_found, "{} has no version {}: slipway releases lists those there are",
                target.service, *version);
  event.artifact = *digest;
  return event;
}

Result<core::Event> Api::overridden(const core::Target&, const Request& request) const {
  TRY(const Fields fields, Fields::read(request.body, {"check", "reason"}));
  core::CheckOverridden event{.by = request.user};
  TRY(event.check, fields.text("check"));
  TRY(event.reason, fields.line("reason"));
  return event;
}

Result<core::Event> Api::frozen(const core::Target&, const Request& request) const {
  TRY(const Fields fields, Fields::read(request.body, {"from", "to", "reason"}));
  core::FreezeRequested event{.by = request.user};
  TRY(event.reason, fields.line("reason"));
  TRY(event.from, moment(fields, "from"));
  TRY(event.to, moment(fields, "to"));
  return event;
}

Result<core::Event> Api::unfrozen(const core::Target&, const Request& request) const {
  TRY(const Fields fields, Fields::read(request.body, {"number", "reason"}));
  core::FreezeLifted event{.by = request.user};
  TRY(event.reason, fields.line("reason"));
  TRY(const auto number, fields.maybe_number("number"));
  if (!number) return fail(ErrorKind::invalid_input, "\"number\" must say which freeze; status lists them");
  event.number = *number;
  return event;
}

// As what runs there, or is about to, is configured; before the first deployment, as its configuration says.
Result<core::Event> Api::in_emergency(const core::Target& target, const Request& request) const {
  TRY(const Fields fields, Fields::read(request.body, {"until", "reason", "config"}));
  core::EmergencyRequested event{.by = request.user};
  TRY(event.reason, fields.line("reason"));
  TRY(event.until, moment(fields, "until"));
  TRY(const auto config, fields.maybe_text("config"));
  const core::TargetState* state = world_.runner.find(target);
  if (state != nullptr && state->deployment && state->deployment->gating.request) {
    event.rule = state->deployment->gating.request->bound.gates.emergency;
  } else if (state != nullptr && state->stable) {
    event.rule = state->stable->bound.gates.emergency;
  } else if (state != nullptr && state->canary) {
    event.rule = state->canary->bound.gates.emergency;
  } else if (state != nullptr && state->emergency) {
    event.rule = state->emergency->rule;  // as the first person's configuration had it
  } else if (config) {
    TRY(const core::Bound bound, bind_text(target, *config));
    event.rule = bound.gates.emergency;
  } else {
    return fail(ErrorKind::refused,
                "nothing runs at {} yet, so it isn't known who may open an emergency window there: say it "
                "where its slipway.yaml is, or deploy first",
                target.text());
  }
  return event;
}

void Api::say(const core::Target& target, const Request& request, const Result<core::Event>& event,
              Reply reply) {
  if (!event) return reply(problem(event.error()));
  if (const auto there = known(target); !there) {
    if (!may_come_first(*event)) return reply(problem(there.error()));
    if (const Status right = check_names(target); !right) return reply(problem(right.error()));
  }
  reply(command(target, *event, request.origin, {}));
}

}  // namespace slipway::server
