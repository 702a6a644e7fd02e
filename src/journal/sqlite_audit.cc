#include "base/log.h"
#include "journal/audit_check.h"
#include "journal/audit_rows.h"
#include "journal/sqlite_impl.h"
#include "os/file.h"

// The audit trail within the journal.
namespace slipway::journal {
namespace {

std::optional<std::string> hash_in_row(SqliteFile& file, std::int64_t number) {
  Query query = file.query("SELECT hash FROM audit WHERE number = ?");
  if (!query.with(number).next()) return std::nullopt;
  return query.text(0);
}

AuditHead last_row(SqliteFile& file) {
  Query query = file.query("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1");
  if (!query.next()) return {0, std::string(first_hash)};
  return {query.number(0), query.text(1)};
}

// Why the rows can't be those that the head was written with; nothing: they are, or there are more by now.
std::optional<std::string> disagreement(SqliteFile& file, const Result<std::string>& text,
                                        const AuditHead& last) {
  if (!text && text.error().kind == ErrorKind::not_found) {
    if (last.count == 0) return std::nullopt;
    return fmt::format("audit.head was gone: whether there were rows after row {} isn't known", last.count);
  }
  if (!text) return text.error().message;
  const auto head = read_head(*text);
  if (!head) return "audit.head can't be read: " + head.error().message;
  if (head->count > last.count)
    return fmt::format("rows {} to {} were missing; the last one's hash was {}", last.count + 1, head->count,
                       head->hash);
  if (head->count > 0 && hash_in_row(file, head->count) != head->hash)
    return fmt::format("row {} wasn't the one with the hash {} any more", head->count, head->hash);
  return std::nullopt;
}

}  // namespace

AuditHead write_audit(SqliteFile& file, const AuditHead& head, const runner::AuditEntry& entry) {
  // Should somebody else have added rows, they are left to be found.
  const AuditHead next_to = last_row(file);
  const std::int64_t number = std::max(head.count, next_to.count) + 1;
  std::string hash = hash_of(head.hash, number, entry);
  file.query("INSERT INTO audit VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .with(number, to_number(entry.time), entry.target, entry.event, entry.by, entry.origin, entry.command,
            entry.subject, entry.reason, entry.accepted ? 1 : 0, entry.message, entry.deployment, hash)
      .run();
  return {number, std::move(hash)};
}

void keep_head(const SqliteFile& file, const AuditHead& head) {
  // The row is durable already: the head may lag behind it.
  if (const Status kept = os::write_atomically(audit_head_of(file.path()), to_text(head)); !kept)
    log_warning("the head of the audit trail can't be kept beside the journal: {}", kept.error().message);
}

Status SqliteJournal::read_audit_head() {
  SqliteFile& file = *impl_->file;
  TRY(impl_->head, file.read([&]() -> Result<AuditHead> { return last_row(file); }));
  return {};
}

const AuditHead& SqliteJournal::audit_head() const {
  return impl_->head;
}

Status SqliteJournal::audit(const runner::AuditEntry& entry) {
  SqliteFile& file = *impl_->file;
  TRY(impl_->head, file.write([&]() -> Result<AuditHead> { return write_audit(file, impl_->head, entry); }));
  keep_head(file, impl_->head);
  return {};
}

Result<std::optional<std::string>> SqliteJournal::resume_audit(Time now) {
  SqliteFile& file = *impl_->file;
  constexpr std::size_t at_most = 4096;
  const auto text = os::read_file(audit_head_of(file.path()), at_most);
  TRY(auto why, file.read([&]() -> Result<std::optional<std::string>> {
    return disagreement(file, text, impl_->head);
  }));
  if (why) {
    TRY_VOID(audit({.time = now,
                    .by = "slipway",
                    .origin = "the daemon's start",
                    .command = std::string(broken_trail),
                    .message = *why}));
  } else {
    keep_head(file, impl_->head);
  }
  return why;
}

Result<std::vector<AuditRow>> SqliteJournal::audit_rows(const std::string& of, int limit) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<AuditRow>> {
    std::vector<AuditRow> rows;
    Query query = file.query(
        "SELECT number, time, target, event, by, origin, command, subject, reason, accepted, message, "
        "deployment, hash FROM audit WHERE ?1 = '' OR target = ?1 OR substr(target, -length(?1) - 1) = '/' "
        "|| "
        "?1 ORDER BY number DESC LIMIT ?2");
    query.with(of, limit);
    while (query.next()) rows.push_back(audit_row(query));
    return rows;
  });
}

}  // namespace slipway::journal
