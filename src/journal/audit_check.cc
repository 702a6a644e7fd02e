#include "journal/audit_check.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "journal/audit_rows.h"
#include "journal/sqlite_file.h"
#include "os/file.h"

namespace slipway::journal {
namespace {

constexpr int longest_lock_ms = 5000;

// What the end must agree with.
struct Expected {
  std::optional<AuditHead> head;
  std::optional<std::string> unread;  // why there is no head
  std::optional<std::string> known;
};

class Walk {
 public:
  explicit Walk(Expected expected) : expected_(std::move(expected)) {
    found_known_ = !expected_.known || *expected_.known == first_hash;
  }

  void see(const AuditRow& row) {
    const std::int64_t next = report_.head.count + 1;
    if (row.number > next)
      blame(next, row.number == next + 1
                      ? fmt::format("it is missing: row {} follows row {}", row.number, next - 1)
                      : fmt::format("rows {} to {} are missing", next, row.number - 1));
    else if (row.number < next)
      blame(row.number, "it can't have this number: the first row is 1");
    else if (row.hash != hash_of(report_.head.hash, row.number, row.entry))
      blame(row.number, "it isn't as it was written: it was changed, moved, or put in later");
    else if (row.entry.command == broken_trail)
      blame(row.number, "the daemon wrote there: " + row.entry.message);
    if (expected_.head && expected_.head->count == row.number && expected_.head->hash != row.hash)
      blame(row.number,
            "it isn't the row that audit.head names: it, or what comes before it, was written anew");
    if (expected_.known && *expected_.known == row.hash) found_known_ = true;
    report_.head = {row.number, row.hash};
  }

  AuditReport end() && {
    const AuditHead& last = report_.head;
    if (expected_.head && expected_.head->count > last.count)
      blame(last.count + 1, fmt::format("rows {} to {} are missing from the end: audit.head counts them",
                                        last.count + 1, expected_.head->count));
    if (!found_known_)
      blame(last.count, fmt::format("up to the last row none has the hash {}: rows that were there when it "
                                    "was noted were changed or removed",
                                    *expected_.known));
    if (expected_.unread && !expected_.known)
      blame(last.count + 1,
            fmt::format("whether rows are missing from the end can't be told: {}", *expected_.unread));
    return std::move(report_);
  }

 private:
  void blame(std::int64_t row, std::string what) {
    if (!report_.fault) report_.fault = AuditFault{row, std::move(what)};
  }

  Expected expected_;
  AuditReport report_{{0, std::string(first_hash)}, {}};
  bool found_known_ = false;
};

Expected expect(const std::filesystem::path& journal, const std::optional<std::string>& known) {
  Expected expected;
  expected.known = known;
  const std::filesystem::path file = audit_head_of(journal);
  constexpr std::size_t at_most = 4096;
  const auto text = os::read_file(file, at_most);
  if (!text) {
    expected.unread = text.error().kind == ErrorKind::not_found ? fmt::format("{} isn't there", file.string())
                                                                : text.error().message;
    return expected;
  }
  if (auto head = read_head(*text))
    expected.head = *std::move(head);
  else
    expected.unread = fmt::format("{} can't be read: {}", file.string(), head.error().message);
  return expected;
}

}  // namespace

std::filesystem::path audit_head_of(const std::filesystem::path& journal) {
  return journal.parent_path() / "audit.head";
}

Result<AuditReport> check_audit(const std::filesystem::path& journal,
                                const std::optional<std::string>& known) {
  std::error_code error;
  if (!std::filesystem::exists(journal, error))
    return fail(ErrorKind::not_found, "there is no journal {}: name the daemon's data directory with --data",
                journal.string());
  // Before the rows: a daemon that goes on writing meanwhile brings rows first, and then the head.
  Walk walk(expect(journal, known));
  try {
    SQLite::Database database(journal.string(), SQLite::OPEN_READONLY, longest_lock_ms);
    if (!database.tableExists("audit"))
      return fail(
          ErrorKind::not_found,
          "{} has no audit trail: it is of an earlier Slipway, and gets one when the daemon of this one "
          "opens it",
          journal.string());
    SQLite::Statement rows(database, fmt::format("SELECT {} FROM audit ORDER BY number", audit_columns));
    Query query(rows);
    while (query.next()) walk.see(audit_row(query));
  } catch (const std::exception& e) {
    return fail(ErrorKind::unavailable, "the journal {} can't be read: {}", journal.string(), e.what());
  }
  return std::move(walk).end();
}

}  // namespace slipway::journal
