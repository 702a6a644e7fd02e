#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "journal/audit_chain.h"

namespace slipway::journal {

struct AuditFault {
  std::int64_t row = 0;  // the first bad one
  std::string what;      // what is wrong with it
};

struct AuditReport {
  AuditHead head;  // what was found: rows, and the last one's hash
  std::optional<AuditFault> fault;
};

// Looks at the whole trail of a journal's file, which a daemon may have open, and changes nothing. The end
// is compared with the head that is kept beside the file, and with `known`, a hash that somebody noted
// before: some row must have it. not_found: there is no such file, or it is of before the audit trail.
Result<AuditReport> check_audit(const std::filesystem::path& journal,
                                const std::optional<std::string>& known);

// The head is kept here.
std::filesystem::path audit_head_of(const std::filesystem::path& journal);

// Where somebody found the trail broken, the daemon writes so with this command.
inline constexpr std::string_view broken_trail = "found the trail broken";

}  // namespace slipway::journal
