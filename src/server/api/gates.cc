#include "calendar/moment.h"
#include "server/api/api.h"
#include "server/api/fields.h"
#include "server/api/problem.h"

// The calls about what is asked before a deployment begins.
namespace slipway::server {
namespace {

Result<Time> moment(const Fields& fields, std::string_view key) {
  TRY(const std::string text, fields.text(key));
  return calendar::parse_moment(text);
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

// As what runs there, or is about to, is configured.
Result<core::Event> Api::in_emergency(const core::Target& target, const Request& request) const {
  TRY(const Fields fields, Fields::read(request.body, {"until", "reason"}));
  core::EmergencyRequested event{.by = request.user};
  TRY(event.reason, fields.line("reason"));
  TRY(event.until, moment(fields, "until"));
  TRY(const core::TargetState* state, known(target));
  const bool waits = state->deployment && state->deployment->gating.request;
  if (!state->stable && !waits)
    return fail(
        ErrorKind::refused,
        "nothing runs at {} yet, so it isn't known who may open an emergency window there: deploy first",
        target.text());
  event.rule =
      waits ? state->deployment->gating.request->bound.gates.emergency : state->stable->bound.gates.emergency;
  return event;
}

void Api::say(const core::Target& target, const Request& request, const Result<core::Event>& event,
              Reply reply) {
  if (!event) return reply(problem(event.error()));
  // A misspelt name would freeze nothing.
  if (const auto there = known(target); !there) return reply(problem(there.error()));
  reply(command(target, *event, request.origin, {}));
}

}  // namespace slipway::server
