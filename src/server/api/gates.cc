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

void Api::gate(Call call, const core::Target& target, const Request& request, Reply reply) {
  const auto event = gate_event(call, target, request);
  if (!event) return reply(problem(event.error()));
  reply(command(target, *event, request.origin, {}));
}

Result<core::Event> Api::gate_event(Call call, const core::Target& target, const Request& request) const {
  TRY(const Fields fields,
      Fields::read(request.body, {"reason", "check", "version", "from", "to", "number", "until"}));
  TRY(const std::string reason, fields.line("reason"));
  TRY_VOID(known(target));  // a misspelt name would freeze nothing
  switch (call) {
    case Call::attest: {
      TRY(const std::string check, fields.text("check"));
      core::Attested event{request.user, check, reason, {}};
      TRY(const auto version, fields.maybe_text("version"));
      if (version) {
        TRY(const auto digest, world_.journal.digest_of(target.service, *version));
        if (!digest)
          return fail(ErrorKind::not_found, "{} has no version {}: slipway releases lists those there are",
                      target.service, *version);
        event.artifact = *digest;
      }
      return event;
    }
    case Call::override_check: {
      TRY(const std::string check, fields.text("check"));
      return core::CheckOverridden{request.user, check, reason};
    }
    case Call::freeze: {
      TRY(const Time from, moment(fields, "from"));
      TRY(const Time to, moment(fields, "to"));
      return core::FreezeRequested{request.user, reason, from, to};
    }
    case Call::unfreeze: {
      TRY(const auto number, fields.maybe_number("number"));
      if (!number)
        return fail(ErrorKind::invalid_input, "\"number\" must say which freeze; status lists them");
      return core::FreezeLifted{request.user, reason, *number};
    }
    case Call::emergency: {
      TRY(const Time until, moment(fields, "until"));
      // As what runs there, or is about to, is configured.
      TRY(const core::TargetState* state, known(target));
      core::EmergencyRule rule;
      const bool waits = state->deployment && state->deployment->gating.request;
      if (!state->stable && !waits)
        return fail(
            ErrorKind::refused,
            "nothing runs at {} yet, so it isn't known who may open an emergency window there: deploy first",
            target.text());
      if (state->stable) rule = state->stable->bound.gates.emergency;
      if (waits) rule = state->deployment->gating.request->bound.gates.emergency;
      return core::EmergencyRequested{request.user, reason, until, rule};
    }
    case Call::version:
    case Call::put_artifact:
    case Call::targets:
    case Call::target:
    case Call::deploy:
    case Call::rollback:
    case Call::abort:
    case Call::promote:
    case Call::pause:
    case Call::resume:
    case Call::approve:
    case Call::decline:
    case Call::plan:
    case Call::history:
    case Call::deployment:
    case Call::releases:
    case Call::logs:
    case Call::events:
    case Call::audit:
      break;
  }
  return fail(ErrorKind::internal, "this call is about no gate");
}

}  // namespace slipway::server
