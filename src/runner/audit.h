#pragma once

#include <optional>
#include <string>

#include "runner/doors.h"

// Who did what, when, from where, why, and what came of it.
namespace slipway::runner {

struct AuditEntry {
  Time time{};
  std::string target;      // "service/environment"; empty: of none
  std::int64_t event = 0;  // of the target that it is written with; 0: it was refused before it was one
  std::string by;
  std::string origin;   // "unix socket, uid 1000, pid 4242"; empty: not known
  std::string command;  // "deploy", "rollback", …
  std::string subject;  // what with: "1.4.2, revision 7, artifact 3f…", "check CI"; may be empty
  std::string reason;   // as the person gave it
  bool accepted = false;
  std::string message;  // the answer
  int deployment = 0;   // that the answer names; 0: none
  bool operator==(const AuditEntry&) const = default;
};

// What a transaction means to the audit trail: a row where a person's command is its event, nothing else.
std::optional<AuditEntry> audited(const Transaction& transaction);

}  // namespace slipway::runner
