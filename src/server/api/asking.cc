#include "server/api/asking.h"

#include "calendar/moment.h"
#include "calendar/resolve.h"
#include "config/config.h"
#include "server/proof.h"

namespace slipway::server {
namespace {

// As git writes it; both lengths of its hashes.
Result<std::string> read_commit(const Fields& fields) {
  constexpr std::size_t sha1 = 40, sha256 = 64;
  TRY(std::string commit, fields.line("commit"));
  if (commit.empty()) return commit;
  if ((commit.size() != sha1 && commit.size() != sha256) ||
      commit.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fail(
        ErrorKind::invalid_input,
        "\"commit\" must be the {} or {} lowercase hexadecimal digits of a commit's hash, and is \"{}\"",
        sha1, sha256, commit.substr(0, 200));
  return commit;
}

// Nobody said where the release was made from: where it was made before. What changed since then is
// the same where the same artifact is replaced.
Status find_source(const core::Target& target, const core::Release* stable, journal::SqliteJournal& journal,
                   core::Request& request) {
  core::Source& source = request.source;
  if (request.release.digest.empty() || (!source.commit.empty() && !source.changes.empty())) return {};
  TRY(const auto before, journal.made_from(target.service, request.release.digest));
  if (!before) return {};
  if (source.commit.empty()) {
    source.commit = before->source.commit;
    source.branch = before->source.branch;
  }
  const bool same = stable != nullptr && before->replaced && before->replaced->digest == stable->digest;
  if (same && source.changes.empty() && source.commit == before->source.commit)
    source.changes = before->source.changes;
  return {};
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
  TRY(request.source.commit, read_commit(fields));
  TRY(request.source.branch, fields.line("branch"));
  TRY(request.source.changes, fields.lines("changes"));
  if (request.source.commit.empty() && (!request.source.branch.empty() || !request.source.changes.empty()))
    return fail(ErrorKind::invalid_input,
                "\"branch\" and \"changes\" are of a commit: \"commit\" must be there too");
  return {};
}

Result<core::Bound> bind_text(const core::Target& target, const std::string& config) {
  TRY(const core::Service service, config::read(config, "slipway.yaml"));
  if (service.name != target.service)
    return fail(ErrorKind::invalid_input,
                "the configuration is of the service {}, and the path names {}: they must be the same",
                service.name, target.service);
  return core::bind(service, target.environment);
}

Result<calendar::Slots> resolve_calendar(const core::Gates& gates,
                                         const std::optional<calendar::ReleaseClass>& release_class,
                                         Time now) {
  // From midnight on, so that what is resolved twice in a day is the same.
  const Time from = std::chrono::floor<std::chrono::days>(now) - std::chrono::days(1);
  return resolve_calendar(gates, release_class, from, from + known_ahead);
}

Result<calendar::Slots> resolve_calendar(const core::Gates& gates,
                                         const std::optional<calendar::ReleaseClass>& release_class,
                                         Time from, Time until) {
  const auto turn = release_class ? gates.schedule.of(*release_class) : std::nullopt;
  return calendar::resolve(gates.calendar, turn, from, until);
}

Status find_out(const core::Target& target, const runner::Runner& runner, journal::SqliteJournal& journal,
                Time now, core::Request& request) {
  const core::Gates& gates = request.bound.gates;
  const core::TargetState* state = runner.find(target);
  const core::Release* stable = state != nullptr && state->stable ? &state->stable->release : nullptr;
  TRY_VOID(find_source(target, stable, journal, request));
  for (const std::string& environment : gates.after) {
    const core::Target before{target.service, environment};
    TRY_VOID(find_proof(before, runner.find(before), journal, request));
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
