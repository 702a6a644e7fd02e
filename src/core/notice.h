#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/secret.h"

// Who is told what of a deployment.
namespace slipway::core {

enum class NoticeKind {
  started,
  completed,
  failed,
  rolled_back,
  approval_needed,
  checklist_failed,
  stuck,
  alert,      // one fired
  override_,  // somebody set a gate aside
};
std::string_view name(NoticeKind kind);  // "rolled_back"

struct Channel {
  enum class Kind { slack, webhook, command };
  Kind kind = Kind::webhook;
  EnvironmentValue url;              // slack, webhook
  std::optional<SecretRef> signing;  // webhook: of the HMAC-SHA256 over the body
  std::vector<std::string> command;  // with the notice as JSON on its standard input
  std::set<NoticeKind> on;
  std::map<NoticeKind, std::string> templates;  // Mustache; in place of Slipway's own
  bool operator==(const Channel&) const = default;
};

// The facts, frozen when it happened; a driver makes words of them.
struct Notice {
  NoticeKind kind = NoticeKind::started;
  std::string service;
  std::string environment;
  int deployment = 0;
  std::string version;
  std::string previous;  // version; empty: the first release
  std::string by;
  std::string reason;
  Time at{};  // when it happened
  Time started{};
  Duration expected{};               // the plan's holds and bake
  std::optional<Duration> took;      // once ended
  std::string cause;                 // why it ended so, what is needed, or which alert
  std::string rollback_plan;         // "one switch until the bake ends", "none: the first release"
  std::vector<std::string> changes;  // one line a commit, newest first
  std::string url;                   // the environment's
  bool operator==(const Notice&) const = default;
};

}  // namespace slipway::core
