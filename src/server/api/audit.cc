#include "base/json.h"
#include "base/log.h"
#include "server/api/api.h"
#include "server/api/permission.h"
#include "server/api/problem.h"

// Who may do what, and who did what.
namespace slipway::server {
namespace {

Json row_json(const journal::AuditRow& row) {
  const runner::AuditEntry& entry = row.entry;
  return {{"number", row.number},
          {"time", entry.time},
          {"target", entry.target.empty() ? Json() : Json(entry.target)},
          {"event", entry.event == 0 ? Json() : Json(entry.event)},
          {"by", entry.by},
          {"origin", entry.origin},
          {"command", entry.command},
          {"subject", entry.subject},
          {"reason", entry.reason},
          {"accepted", entry.accepted},
          {"message", entry.message},
          {"deployment", entry.deployment == 0 ? Json() : Json(entry.deployment)},
          {"hash", row.hash}};
}

}  // namespace

std::optional<Response> Api::forbidden(const Match& match, const Request& request) {
  const auto needed = permission(match.call);
  if (!needed) return std::nullopt;
  return forbidden(match.target, request, needed->command, needed->any_of);
}

std::optional<Response> Api::forbidden(const core::Target& target, const Request& request,
                                       std::string_view command, std::span<const Right> any_of) {
  constexpr int forbidden_status = 403;
  const Status allowed = world_.rights.allowed({request.user, request.uid}, any_of);
  if (allowed) return std::nullopt;
  const Status written = world_.journal.audit({.time = world_.clock.now(),
                                               .target = target.service.empty() ? "" : target.text(),
                                               .by = request.user,
                                               .origin = request.origin,
                                               .command = std::string(command),
                                               .accepted = false,
                                               .message = allowed.error().message});
  if (!written)
    log_warning("that {} was refused {} isn't in the audit trail: {}", request.user, command,
                written.error().message);
  return problem(allowed.error(), forbidden_status);
}

Result<Response> Api::audit(const Request& request) {
  TRY(const Query query, read_query(request.query, {"environment", "limit"}));
  int limit = 50;
  if (const auto text = query.find("limit"); text != query.end()) {
    TRY(limit, read_number(text->second, "limit", 1, 1000));
  }
  const auto of = query.find("environment");
  TRY(const auto rows, world_.journal.audit_rows(of == query.end() ? std::string() : of->second, limit));
  Json list = Json::array();
  for (const journal::AuditRow& row : rows) list.push_back(row_json(row));
  const journal::AuditHead& head = world_.journal.audit_head();
  return answer(200, {{"rows", std::move(list)}, {"head", {{"count", head.count}, {"hash", head.hash}}}});
}

}  // namespace slipway::server
