#pragma once

#include "journal/audit_chain.h"

// A row of the table, in the order of its columns.
namespace slipway::journal {

inline constexpr std::string_view audit_columns =
    "number, time, target, event, by, origin, command, subject, reason, accepted, message, deployment, hash";

// `Row` has number(column) and text(column), as Query.
template <class Row>
AuditRow audit_row(const Row& row) {
  AuditRow read;
  read.number = row.number(0);
  read.entry = {.time = Time(Duration(row.number(1))),
                .target = row.text(2),
                .event = row.number(3),
                .by = row.text(4),
                .origin = row.text(5),
                .command = row.text(6),
                .subject = row.text(7),
                .reason = row.text(8),
                .accepted = row.number(9) != 0,
                .message = row.text(10),
                .deployment = static_cast<int>(row.number(11))};
  read.hash = row.text(12);
  return read;
}

}  // namespace slipway::journal
