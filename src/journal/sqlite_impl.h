#pragma once

#include <memory>

#include "core/json.h"
#include "journal/audit_chain.h"
#include "journal/sqlite_file.h"
#include "journal/sqlite_journal.h"

// What the files of SqliteJournal share.
namespace slipway::journal {

struct SqliteJournal::Impl {
  std::unique_ptr<SqliteFile> file;
  AuditHead head{0, std::string(first_hash)};  // of the audit trail, as this process wrote it
};

// Texts come from programs too, and may hold bytes that aren't UTF-8: those are replaced rather than refused.
inline std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

inline std::int64_t to_number(Time time) {
  return time.time_since_epoch().count();
}
inline Time to_time(std::int64_t number) {
  return Time(Duration(number));
}

// Within write(): the next row, and the head with it, to be kept once that is durable.
AuditHead write_audit(SqliteFile& file, const AuditHead& head, const runner::AuditEntry& entry);
// In the file beside the journal. Its failure is logged: the rows count.
void keep_head(const SqliteFile& file, const AuditHead& head);

// A row that isn't as it was written: somebody else's work, or a broken disk's.
inline Error unreadable(std::string_view table, std::string_view row, const Error& why) {
  return {ErrorKind::internal,
          fmt::format("the journal's row of {} in table {} can't be read: {}; put a backup in its place", row,
                      table, why.message)};
}

template <class T>
Result<T> from_text(std::string_view text, std::string_view table, std::string_view row) {
  auto json = parse_json(text);
  if (!json) return std::unexpected(unreadable(table, row, json.error()));
  auto value = decode<T>(*json, "its body");
  if (!value) return std::unexpected(unreadable(table, row, value.error()));
  return value;
}

}  // namespace slipway::journal
