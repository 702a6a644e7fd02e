#include "server/api/api.h"

#include <unistd.h>

#include "base/json.h"
#include "server/api/problem.h"
#include "server/api/since.h"
#include "server/api/view.h"

namespace slipway::server {
namespace {

Response respond(Result<Response> response) {
  if (!response) return problem(response.error());
  return *std::move(response);
}

Intake::Kind brings(Call call) {
  switch (call) {
    case Call::put_artifact:
      return Intake::Kind::file;
    case Call::deploy:
    case Call::rollback:
    case Call::abort:
    case Call::promote:
    case Call::pause:
    case Call::resume:
    case Call::approve:
    case Call::decline:
    case Call::attest:
    case Call::override_check:
    case Call::freeze:
    case Call::unfreeze:
    case Call::emergency:
    case Call::plan:
      return Intake::Kind::json;
    case Call::version:
    case Call::targets:
    case Call::target:
    case Call::history:
    case Call::deployment:
    case Call::releases:
    case Call::logs:
    case Call::events:
    case Call::audit:
      return Intake::Kind::nothing;
  }
  return Intake::Kind::nothing;
}

Result<std::optional<core::Target>> read_target(const Query& query) {
  const auto text = query.find("target");
  if (text == query.end()) return std::nullopt;
  TRY(core::Target target, core::parse_target(text->second));
  return target;
}

Result<std::optional<std::int64_t>> read_id(const std::string& text, std::string_view what) {
  constexpr std::size_t most_digits = 18;
  if (text.empty() || text.size() > most_digits || text.find_first_not_of("0123456789") != std::string::npos)
    return fail(ErrorKind::invalid_input, "{} must be the id of a note, a whole number, and is \"{}\"", what,
                text);
  return std::stoll(text);
}

Result<core::InstanceName> read_instance(const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto wrong =
      fail(ErrorKind::invalid_input, "instance must be an instance's name such as 7-1, and is \"{}\"", text);
  if (dash == std::string::npos) return wrong;
  const auto deployment = read_number(std::string_view(text).substr(0, dash), "instance", 1, 1'000'000'000);
  const auto ordinal = read_number(std::string_view(text).substr(dash + 1), "instance", 1, 1'000'000);
  if (!deployment || !ordinal) return wrong;
  return core::InstanceName{*deployment, *ordinal};
}

}  // namespace

Api::Api(World world, Limits limits)
    : world_(std::move(world)), limits_(limits), started_(world_.clock.now()) {}

std::expected<Intake, Response> Api::intake(const std::string& method, const std::string& path) const {
  auto found = match(method, path);
  if (!found) return std::unexpected(std::move(found.error()));
  switch (const Intake::Kind kind = brings(found->call)) {
    case Intake::Kind::file:
      return Intake{kind, limits_.artifact};
    case Intake::Kind::json:
      return Intake{kind, limits_.json};
    case Intake::Kind::nothing:
      return Intake{};
  }
  return Intake{};
}

void Api::handle(const Request& request, Reply reply) {
  auto found = match(request.method, request.path);
  if (!found) return reply(std::move(found.error()));
  const bool has_query = found->call == Call::history || found->call == Call::logs ||
                         found->call == Call::events || found->call == Call::audit;
  if (!has_query)
    if (const auto nothing = read_query(request.query, {}); !nothing) return reply(problem(nothing.error()));
  if (auto no = forbidden(*found, request)) return reply(*std::move(no));
  switch (found->call) {
    case Call::version:
      return version(std::move(reply));
    case Call::put_artifact:
      return put_artifact(request, std::move(reply));
    case Call::targets:
      return targets(std::move(reply));
    case Call::target:
      return target(found->target, std::move(reply));
    case Call::deploy:
      return deploy(found->target, request, std::move(reply));
    case Call::rollback:
      return rollback(found->target, request, std::move(reply));
    case Call::abort:
      return order<core::AbortRequested>(found->target, request, std::move(reply));
    case Call::promote:
      return order<core::PromoteRequested>(found->target, request, std::move(reply));
    case Call::pause:
      return order<core::PauseRequested>(found->target, request, std::move(reply));
    case Call::resume:
      return order<core::ResumeRequested>(found->target, request, std::move(reply));
    case Call::approve:
      return order<core::ApprovalGiven>(found->target, request, std::move(reply));
    case Call::decline:
      return order<core::ApprovalDeclined>(found->target, request, std::move(reply));
    case Call::attest:
      return say(found->target, request, attested(found->target, request), std::move(reply));
    case Call::override_check:
      return say(found->target, request, overridden(found->target, request), std::move(reply));
    case Call::freeze:
      return say(found->target, request, frozen(found->target, request), std::move(reply));
    case Call::unfreeze:
      return say(found->target, request, unfrozen(found->target, request), std::move(reply));
    case Call::emergency:
      return say(found->target, request, in_emergency(found->target, request), std::move(reply));
    case Call::plan:
      return plan(found->target, request, std::move(reply));
    case Call::history:
      return reply(respond(history(found->target, request)));
    case Call::deployment:
      return reply(respond(deployment(found->target, found->number)));
    case Call::releases:
      return reply(respond(releases(found->target)));
    case Call::logs:
      return logs(found->target, request, std::move(reply));
    case Call::events:
      return reply(respond(events(request)));
    case Call::audit:
      return reply(respond(audit(request)));
  }
}

void Api::version(Reply reply) {
  reply(answer(200, {{"version", world_.version}, {"api", 1}, {"pid", ::getpid()}, {"started", started_}}));
}

void Api::put_artifact(const Request& request, Reply reply) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(request.file, error);
  world_.artifacts.add(request.file, [reply = std::move(reply), bytes, error](Result<std::string> digest) {
    if (!digest) return reply(problem(digest.error()));
    reply(answer(201, {{"digest", *digest}, {"bytes", error ? 0 : bytes}}));
  });
}

void Api::targets(Reply reply) {
  std::vector<Look> looks;
  for (const auto& [target, state] : world_.runner.targets())
    if (!core::is_blank(state)) looks.push_back(look_at(state));
  world_.live.look(std::move(looks), [this, reply = std::move(reply)](std::map<core::Target, Sight> seen) {
    Json list = Json::array();
    for (const auto& [target, state] : world_.runner.targets()) {
      if (core::is_blank(state)) continue;
      auto json = view(state, seen[target]);
      if (!json) return reply(problem(json.error()));
      list.push_back(*std::move(json));
    }
    reply(answer(200, {{"targets", std::move(list)}}));
  });
}

void Api::target(const core::Target& target, Reply reply) {
  const auto state = known(target);
  if (!state) return reply(problem(state.error()));
  world_.live.look({look_at(**state)},
                   [this, target, reply = std::move(reply)](std::map<core::Target, Sight> seen) {
                     const auto now_known = known(target);
                     if (!now_known) return reply(problem(now_known.error()));
                     const auto json = view(**now_known, seen[target]);
                     reply(json ? answer(200, *json) : problem(json.error()));
                   });
}

Result<Response> Api::history(const core::Target& target, const Request& request) {
  TRY(const Query query, read_query(request.query, {"limit"}));
  int limit = 20;
  if (const auto text = query.find("limit"); text != query.end()) {
    TRY(limit, read_number(text->second, "limit", 1, 1000));
  }
  TRY_VOID(known(target));
  TRY(const auto records, world_.journal.history(target, limit));
  Json list = Json::array();
  for (const core::DeploymentRecord& record : records) list.push_back(record_json(record));
  return answer(200, {{"deployments", std::move(list)}});
}

Result<Response> Api::deployment(const core::Target& target, int number) {
  TRY(const core::TargetState* state, known(target));
  TRY(const auto record, world_.journal.deployment(target, number));
  if (!record)
    return fail(ErrorKind::not_found, "{} has no deployment {}: its deployments are 1 to {}", target.text(),
                number, state->deployments);
  TRY(const auto notes, world_.journal.notes(target, number));
  Json json = record_json(*record);
  json["changes"] = record->source.changes;
  json["notes"] = Json::array();
  for (const journal::Note& note : notes) json["notes"].push_back(note_json(note));
  return answer(200, json);
}

Result<Response> Api::releases(const core::Target& target) {
  constexpr int records_looked_at = 1000;
  TRY(const core::TargetState* state, known(target));
  TRY(const auto releases, world_.journal.releases(target.service));
  TRY(const auto records, world_.journal.history(target, records_looked_at));
  std::map<int, Time> promoted;  // by revision, last
  for (const core::DeploymentRecord& record : records)
    if (record.promoted) promoted.emplace(record.release.revision, *record.promoted);
  Json list = Json::array();
  for (const journal::StoredRelease& stored : releases) {
    Json json = release_json(stored.release);
    const int revision = stored.release.revision;
    if (state->previous && state->previous->release.revision == revision) json["role"] = "previous";
    if (state->canary && state->canary->release.revision == revision) json["role"] = "canary";
    if (state->stable && state->stable->release.revision == revision) json["role"] = "stable";
    if (const auto at = promoted.find(revision); at != promoted.end()) json["deployed"] = at->second;
    list.push_back(std::move(json));
  }
  return answer(200, {{"releases", std::move(list)}});
}

void Api::logs(const core::Target& target, const Request& request, Reply reply) {
  const auto read = [&]() -> Result<std::pair<Logs::Question, bool>> {
    TRY(const Query query, read_query(request.query, {"lines", "follow", "instance"}));
    TRY_VOID(known(target));
    Logs::Question question{target, 200, std::nullopt};
    bool follow = false;
    if (const auto lines = query.find("lines"); lines != query.end()) {
      TRY(question.lines, read_number(lines->second, "lines", 0, 10'000));
    }
    if (const auto instance = query.find("instance"); instance != query.end()) {
      TRY(question.instance, read_instance(instance->second));
    }
    if (const auto word = query.find("follow"); word != query.end()) {
      if (word->second != "true" && word->second != "false")
        return fail(ErrorKind::invalid_input, "follow must be true or false, and is \"{}\"", word->second);
      follow = word->second == "true";
    }
    return std::pair{question, follow};
  }();
  if (!read) return reply(problem(read.error()));
  const auto text = [] {
    Response response;
    response.content_type = "text/plain; charset=utf-8";
    return response;
  };
  if (!read->second)
    return world_.logs.tell(read->first, [reply = std::move(reply), text](Result<std::string> lines) {
      if (!lines) return reply(problem(lines.error()));
      Response response = text();
      response.body = *std::move(lines);
      reply(std::move(response));
    });
  world_.logs.follow(read->first, [reply = std::move(reply), text](Result<std::unique_ptr<Stream>> stream) {
    if (!stream) return reply(problem(stream.error()));
    Response response = text();
    response.stream = *std::move(stream);
    reply(std::move(response));
  });
}

Result<Response> Api::events(const Request& request) {
  TRY(const Query query, read_query(request.query, {"target", "after"}));
  TRY(const std::optional<core::Target> target, read_target(query));
  std::optional<std::int64_t> after;
  if (const auto text = query.find("after"); text != query.end()) {
    TRY(after, read_id(text->second, "after"));
  }
  if (request.last_event_id) {
    TRY(after, read_id(*request.last_event_id, "Last-Event-ID"));
  }
  Response response;
  response.content_type = "text/event-stream";
  TRY(response.stream, world_.events.subscribe(target, after));
  return response;
}

Result<const core::TargetState*> Api::known(const core::Target& target) const {
  if (const core::TargetState* state = world_.runner.find(target); state && !core::is_blank(*state))
    return state;
  std::string names;
  for (const auto& [other, state] : world_.runner.targets())
    if (!core::is_blank(state)) names += (names.empty() ? "" : ", ") + other.text();
  if (names.empty())
    return fail(ErrorKind::not_found, "nothing was ever deployed to {}, nor to any other target",
                target.text());
  return fail(ErrorKind::not_found, "nothing was ever deployed to {}: the targets are {}", target.text(),
              names);
}

Result<Json> Api::view(const core::TargetState& state, const Sight& sight) const {
  constexpr int unended_at_most = 2;  // one under way, one queued
  Records records;
  TRY(const auto newest, world_.journal.history(state.target, unended_at_most + 1));
  for (const core::DeploymentRecord& record : newest) {
    if (record.ended && !records.last) records.last = record;
    if (state.queued && record.number == state.queued_number) records.queued = record;
  }
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous}) {
    if (!*fleet) continue;
    TRY(const auto record, world_.journal.deployment(state.target, (*fleet)->deployment));
    if (record) records.sources[record->number] = record->source;
  }
  TRY(records.since, stable_since(world_.journal, state));
  Known known{sight, std::move(records), world_.users.impression(state.target),
              world_.lease_left(state.target)};
  return target_view(state, known, world_.clock.now());
}

}  // namespace slipway::server
