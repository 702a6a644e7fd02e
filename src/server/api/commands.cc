#include <algorithm>
#include <array>

#include "config/config.h"
#include "server/api/api.h"
#include "server/api/asking.h"
#include "server/api/fields.h"
#include "server/api/plan.h"
#include "server/api/problem.h"

// The calls that change something.
namespace slipway::server {
namespace {

Result<std::string> read_version(const Fields& fields) {
  constexpr std::size_t longest = 128;
  TRY(std::string version, fields.text("version"));
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '+';
  };
  if (version.size() > longest || !std::all_of(version.begin(), version.end(), fits))
    return fail(ErrorKind::invalid_input,
                "\"version\" must be 1 to {} letters, digits and . _ - +, and is \"{}\"", longest,
                version.substr(0, 200));
  return version;
}

Result<std::optional<std::string>> read_digest(const Fields& fields) {
  constexpr std::size_t digits = 64;
  TRY(std::optional<std::string> digest, fields.maybe_text("digest"));
  if (digest &&
      (digest->size() != digits || digest->find_first_not_of("0123456789abcdef") != std::string::npos))
    return fail(ErrorKind::invalid_input,
                "\"digest\" must be the {} lowercase hexadecimal digits that PUT /api/v1/artifacts answered",
                digits);
  return digest;
}

constexpr std::array sets_aside{Right::override_check};

}  // namespace

Response Api::command(const core::Target& target, const core::Event& event, const std::string& origin,
                      const std::string& missing) {
  const Result<core::Reply> reply = world_.runner.command(target, event, origin);
  if (!reply) return problem(reply.error());
  if (!reply->accepted)
    return problem({ErrorKind::refused, missing.empty() ? reply->message : reply->message + "; " + missing});
  const int status = reply->deployment ? 202 : 200;
  return answer(status, {{"deployment", reply->deployment}, {"message", reply->message}});
}

void Api::deploy(const core::Target& target, const Request& request, Reply reply) {
  struct Read {
    core::DeployRequested event;
    std::string config;
  };
  const auto read = [&]() -> Result<Read> {
    TRY(const Fields fields, Fields::read(request.body, {"version", "config", "digest", "reason", "end_bake",
                                                         "at", "override", "commit", "branch", "changes"}));
    Read found;
    core::Request& wanted = found.event.request;
    TRY(wanted.release.version, read_version(fields));
    TRY(found.config, fields.text("config"));
    TRY(const std::optional<std::string> digest, read_digest(fields));
    TRY(wanted.reason, fields.line("reason"));
    TRY(found.event.end_bake, fields.flag("end_bake"));
    TRY(wanted.bound, bind_text(target, found.config));
    wanted.by = request.user;
    wanted.release.digest = digest.value_or("");
    if (!digest) {
      TRY(const std::optional<std::string> earlier,
          world_.journal.digest_of(target.service, wanted.release.version));
      if (!earlier)
        return fail(
            ErrorKind::invalid_input,
            "{} has no version {} yet: upload it with: slipway deploy {} --version {} --artifact PATH",
            target.service, wanted.release.version, target.environment, wanted.release.version);
      wanted.release.digest = *earlier;
    }
    TRY_VOID(read_wishes(fields, wanted));
    TRY_VOID(find_out(target, world_.runner, world_.journal, world_.clock.now(), wanted));
    return found;
  }();
  if (!read) return reply(problem(read.error()));
  if (!read->event.request.overrides.empty())
    if (auto no = forbidden(target, request, "override", sets_aside)) return reply(*std::move(no));
  begin(target, read->event, read->config, request.origin, std::move(reply));
}

void Api::begin(const core::Target& target, core::DeployRequested event, const std::string& config,
                const std::string& origin, Reply reply) {
  const std::string digest = event.request.release.digest;
  world_.artifacts.claim(digest, [this, target, event = std::move(event), config, origin,
                                  reply = std::move(reply)](bool there) mutable {
    core::Release& release = event.request.release;
    if (!there)
      return reply(problem(
          {ErrorKind::not_found,
           fmt::format("the artifact {} of version {} isn't stored (any more): upload it with: slipway "
                       "deploy {} --version {} --artifact PATH",
                       release.digest.substr(0, 12), release.version, target.environment, release.version)}));
    auto stored = world_.journal.add_release(target.service, release.version, release.digest, config,
                                             event.request.by, world_.clock.now());
    if (!stored) return reply(problem(stored.error()));
    release = stored->release;
    reply(command(target, std::move(event), origin, {}));
  });
}

void Api::rollback(const core::Target& target, const Request& request, Reply reply) {
  core::RollbackRequested event;
  const auto read = [&]() -> Result<std::string> {
    TRY(const Fields fields, Fields::read(request.body, {"revision", "reason", "force"}));
    TRY(event.revision, fields.maybe_number("revision"));
    TRY(event.reason, fields.line("reason"));
    TRY(event.force, fields.flag("force"));
    event.by = request.user;
    TRY(const core::TargetState* state, known(target));
    auto found = earlier(*state, event.revision);
    const bool warm =
        state->previous && !state->previous->stopping &&
        event.revision.value_or(state->previous->release.revision) == state->previous->release.revision;
    if (!found && event.revision && !warm) return std::unexpected(std::move(found.error()));
    if (!found) return std::move(found.error().message);  // it may not be needed
    event.earlier = *std::move(found);
    if (event.earlier) {
      event.earlier->by = event.by;
      event.earlier->reason = event.reason;
    }
    return std::string();
  }();
  if (!read) return reply(problem(read.error()));
  if (!event.earlier) return reply(command(target, std::move(event), request.origin, *read));
  const std::string digest = event.earlier->release.digest;
  world_.artifacts.claim(digest, [this, target, event = std::move(event), origin = request.origin,
                                  reply = std::move(reply)](bool there) mutable {
    std::string missing;
    if (!there) {
      missing = fmt::format(
          "the artifact of revision {} ({}) isn't stored any more: deploy it again with: slipway deploy {} "
          "--version {} --artifact PATH",
          event.earlier->release.revision, event.earlier->release.version, target.environment,
          event.earlier->release.version);
      event.earlier.reset();
    }
    reply(command(target, std::move(event), origin, missing));
  });
}

// Only releases that users of this very target have had whole: what was never promoted here goes through a
// deployment, with all its checks.
Result<std::optional<core::Request>> Api::earlier(const core::TargetState& state,
                                                  std::optional<int> revision) const {
  constexpr int records_looked_at = 1000;
  const core::Target& target = state.target;
  if (!revision) {
    const int now = state.stable ? state.stable->release.revision : 0;
    for (auto release = state.trail.rbegin(); release != state.trail.rend() && !revision; ++release)
      if (release->revision != now) revision = release->revision;
    if (!revision) return std::nullopt;
  }
  TRY(const auto stored, world_.journal.release(target.service, *revision));
  if (!stored)
    return fail(ErrorKind::not_found, "{} has no revision {}: slipway releases {} lists those there are",
                target.service, *revision, target.environment);
  const auto is_it = [&](const core::Release& release) { return release.revision == *revision; };
  bool promoted = std::any_of(state.trail.begin(), state.trail.end(), is_it);
  if (!promoted) {
    TRY(const auto records, world_.journal.history(target, records_looked_at));
    promoted = std::any_of(records.begin(), records.end(), [&](const core::DeploymentRecord& record) {
      return record.promoted && is_it(record.release);
    });
  }
  if (!promoted)
    return fail(ErrorKind::refused,
                "revision {} ({}) was never promoted at {}, so there is no going back to it: "
                "deploy it with: slipway deploy {} --version {}",
                *revision, stored->release.version, target.text(), target.environment,
                stored->release.version);
  auto bound = bind_text(target, stored->config);
  if (!bound)
    return std::unexpected(
        std::move(bound.error()).within(fmt::format("the configuration of revision {}", *revision)));
  core::Request request;
  request.kind = core::Request::Kind::rollback;
  request.release = stored->release;
  request.bound = *std::move(bound);
  TRY(const auto made, world_.journal.made_from(target.service, stored->release.digest));
  if (made) request.source = {made->source.commit, made->source.branch, {}};
  return request;
}

template <class Event>
void Api::order(const core::Target& target, const Request& request, Reply reply) {
  const auto event = [&]() -> Result<Event> {
    TRY(const Fields fields, Fields::read(request.body, {"reason"}));
    Event wanted{request.user, {}};
    TRY(wanted.reason, fields.line("reason"));
    TRY_VOID(known(target));
    return wanted;
  }();
  if (!event) return reply(problem(event.error()));
  reply(command(target, *event, request.origin, {}));
}

template void Api::order<core::ApprovalGiven>(const core::Target&, const Request&, Reply);
template void Api::order<core::ApprovalDeclined>(const core::Target&, const Request&, Reply);
template void Api::order<core::AbortRequested>(const core::Target&, const Request&, Reply);
template void Api::order<core::PromoteRequested>(const core::Target&, const Request&, Reply);
template void Api::order<core::PauseRequested>(const core::Target&, const Request&, Reply);
template void Api::order<core::ResumeRequested>(const core::Target&, const Request&, Reply);

// Reads what deploying would be asked with, and changes nothing.
Result<Proposal> Api::propose(const core::Target& target, const Request& request) const {
  TRY(const Fields fields, Fields::read(request.body, {"version", "config", "digest", "reason", "at",
                                                       "override", "commit", "branch", "changes"}));
  Proposal proposal;
  core::Request& wanted = proposal.request;
  core::Release& release = wanted.release;
  TRY(release.version, read_version(fields));
  TRY(const std::string config, fields.text("config"));
  TRY(const std::optional<std::string> digest, read_digest(fields));
  TRY(wanted.bound, bind_text(target, config));
  wanted.by = request.user;
  release.digest = digest.value_or("");
  TRY(const auto stored, world_.journal.releases(target.service));  // newest first
  release.revision = stored.empty() ? 1 : stored.front().release.revision + 1;
  for (const journal::StoredRelease& other : stored) {
    if (other.release.version != release.version) continue;
    if (release.digest.empty()) release.digest = other.release.digest;
    if (other.release.digest != release.digest) {
      proposal.refusal = fmt::format(
          "version {} of {} is revision {} already, with another artifact: give what changed a version of "
          "its "
          "own",
          release.version, target.service, other.release.revision);
    } else if (other.config == config && !proposal.known_release) {
      release.revision = other.release.revision;
      proposal.known_release = true;
    }
  }
  TRY(wanted.reason, fields.line("reason"));
  TRY_VOID(read_wishes(fields, wanted));
  TRY_VOID(find_out(target, world_.runner, world_.journal, world_.clock.now(), wanted));
  if (!wanted.overrides.empty())
    if (const Status may = world_.rights.allowed({request.user, request.uid}, sets_aside); !may)
      proposal.refusal = may.error().message;
  return proposal;
}

void Api::plan(const core::Target& target, const Request& request, Reply reply) {
  auto proposal = propose(target, request);
  if (!proposal) return reply(problem(proposal.error()));
  const auto state_of = [this](const core::Target& wanted) {
    if (const core::TargetState* state = world_.runner.find(wanted)) return *state;
    core::TargetState fresh;
    fresh.target = wanted;
    return fresh;
  };
  world_.live.look({look_at(state_of(target))},
                   [this, target, state_of, proposal = *std::move(proposal),
                    reply = std::move(reply)](std::map<core::Target, Sight> seen) {
                     reply(answer(200, plan_json(state_of(target), proposal, seen[target],
                                                 world_.users.impression(target), world_.clock.now())));
                   });
}

}  // namespace slipway::server
