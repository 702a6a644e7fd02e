#pragma once

#include <string>
#include <string_view>

#include "runner/audit.h"

// The audit trail as a chain: each row's hash is of the row and of the hash before it, so that nothing in it
// can be changed, removed or moved without breaking it from there on.
namespace slipway::journal {

struct AuditRow {
  std::int64_t number = 0;  // from 1 on, without a gap
  runner::AuditEntry entry;
  std::string hash;  // 64 hexadecimal digits
  bool operator==(const AuditRow&) const = default;
};

// The last row's. Of an empty trail: 0 and `first_hash`.
struct AuditHead {
  std::int64_t count = 0;
  std::string hash;
  bool operator==(const AuditHead&) const = default;
};

// What the first row's hash stands on.
inline constexpr std::string_view first_hash =
    "0000000000000000000000000000000000000000000000000000000000000000";

// SHA-256 over the hash before, the number and the fields, in their order, each as its length in bytes, ":",
// and the bytes: two different rows never read alike.
std::string hash_of(std::string_view previous, std::int64_t number, const runner::AuditEntry& entry);

// The head as its file has it: "COUNT HASH\n".
std::string to_text(const AuditHead& head);
// invalid_input where it can't be one.
Result<AuditHead> read_head(std::string_view text);

}  // namespace slipway::journal
