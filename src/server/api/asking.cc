#include "server/api/asking.h"

#include "calendar/moment.h"
#include "calendar/resolve.h"

namespace slipway::server {
namespace {

constexpr Duration known_ahead = std::chrono::days(400);
constexpr int records_looked_at = 1000;

// Promoted there, with its bake over.
Result<std::optional<core::Proof>> proof_of(const core::Target& target, const std::string& digest,
                                            journal::SqliteJournal& journal) {
  TRY(const auto records, journal.history(target, records_looked_at));
  for (const core::DeploymentRecord& record : records)
    if (record.release.digest == digest && record.outcome == core::OutcomeKind::promoted && record.ended)
      return core::Proof{target.environment, digest, record.number, *record.ended};
  return std::nullopt;
}

}  // namespace

Status read_wishes(const Fields& fields, core::Request& request) {
  TRY(const std::optional<std::string> at, fields.maybe_text("at"));
  if (at == "next-window") {
    request.wait = true;
  } else if (at) {
    TRY(request.not_before, calendar::parse_moment(*at));
  }
  TRY(const std::vector<std::string> overrides, fields.lines("override"));
  if (!overrides.empty() && request.reason.empty())
    return fail(ErrorKind::invalid_input, "say why checks are set aside: \"reason\" must not be empty");
  for (const std::string& check : overrides) request.overrides[check] = request.reason;
  TRY(request.source.commit, fields.line("commit"));
  TRY(request.source.branch, fields.line("branch"));
  TRY(request.source.changes, fields.lines("changes"));
  return {};
}

Result<calendar::Slots> resolve_calendar(const core::Gates& gates,
                                         const std::optional<calendar::ReleaseClass>& release_class,
                                         Time now) {
  const auto turn = release_class ? gates.schedule.of(*release_class) : std::nullopt;
  // From midnight on, so that what is resolved twice in a day is the same.
  const Time from = std::chrono::floor<std::chrono::days>(now) - std::chrono::days(1);
  return calendar::resolve(gates.calendar, turn, from, from + known_ahead);
}

Status find_out(const core::Target& target, const core::Release* stable, journal::SqliteJournal& journal,
                Time now, core::Request& request) {
  const core::Gates& gates = request.bound.gates;
  for (const std::string& environment : gates.after) {
    TRY(const auto proof, proof_of({target.service, environment}, request.release.digest, journal));
    if (proof) request.proofs.push_back(*proof);
  }
  if (stable != nullptr && !gates.schedule.empty()) {
    request.release_class = calendar::release_class(stable->version, request.release.version);
    if (!request.release_class)
      return fail(ErrorKind::invalid_input,
                  "the release schedule goes by semantic versions such as 1.5.0, and {} to {} isn't one: "
                  "name the release "
                  "so, or leave release_schedule out",
                  stable->version, request.release.version);
  }
  TRY(request.calendar, resolve_calendar(gates, request.release_class, now));
  return {};
}

}  // namespace slipway::server
