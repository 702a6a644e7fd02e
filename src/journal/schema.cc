#include "journal/schema.h"

#include "core/state.h"

namespace slipway::journal {
namespace {

constexpr std::int64_t application_id = 0x534C4950;  // "SLIP"

// Bodies are JSON, times milliseconds since 1970 UTC, targets "service/environment".
constexpr const char* tables = R"(
CREATE TABLE event(target TEXT NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, body TEXT NOT NULL, reply TEXT,
                   PRIMARY KEY(target, number));
CREATE TABLE state(target TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL, format INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE effect(target TEXT NOT NULL, event INTEGER NOT NULL, ordinal INTEGER NOT NULL, body TEXT NOT NULL,
                    open INTEGER NOT NULL, PRIMARY KEY(target, event, ordinal));
CREATE INDEX effect_open ON effect(target, event, ordinal) WHERE open = 1;
CREATE TABLE deployment(target TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(target, number));
CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, deployment INTEGER NOT NULL,
                  time INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX note_of ON note(target, deployment);
CREATE TABLE release(service TEXT NOT NULL, revision INTEGER NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
                     config TEXT NOT NULL, by TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(service, revision));
CREATE INDEX release_version ON release(service, version);
CREATE TABLE fact(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
)";

// Since format 2. An older Slipway would take commands without a row here, so it may not go on with the file.
constexpr const char* audit_table = R"(
CREATE TABLE audit(number INTEGER PRIMARY KEY, time INTEGER NOT NULL, target TEXT NOT NULL, event INTEGER NOT NULL,
                   by TEXT NOT NULL, origin TEXT NOT NULL, command TEXT NOT NULL, subject TEXT NOT NULL,
                   reason TEXT NOT NULL, accepted INTEGER NOT NULL, message TEXT NOT NULL, deployment INTEGER NOT NULL,
                   hash TEXT NOT NULL);
CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
)";

std::int64_t number_of(SqliteFile& file, std::string_view sql) {
  Query query = file.query(sql);
  return query.next() ? query.number(0) : 0;
}

Status written_later(const SqliteFile& file, std::int64_t format, int up_to) {
  return fail(ErrorKind::conflict,
              "{} was written by a later Slipway (format {}); this one reads up to {}: use that Slipway, or "
              "another folder",
              file.path().string(), format, up_to);
}

Status check_formats(SqliteFile& file) {
  const std::int64_t format = number_of(file, "PRAGMA user_version");
  if (format > schema_format) return written_later(file, format, schema_format);
  const std::int64_t state = number_of(file, "SELECT max(format) FROM state");
  if (state > core::state_format) return written_later(file, state, core::state_format);
  return {};
}

// What older formats lack, in one transaction.
Status bring_up_to_date(SqliteFile& file) {
  TRY(const std::int64_t format,
      file.read([&]() -> Result<std::int64_t> { return number_of(file, "PRAGMA user_version"); }));
  if (format == schema_format) return {};
  return file.write([&]() -> Status {
    file.execute(audit_table);
    file.execute(fmt::format("PRAGMA user_version={}", schema_format));
    return {};
  });
}

enum class Found { nothing, journal, something_else };

Found look(SqliteFile& file) {
  if (number_of(file, "PRAGMA application_id") == application_id) return Found::journal;
  return number_of(file, "SELECT count(*) FROM sqlite_schema") == 0 ? Found::nothing : Found::something_else;
}

}  // namespace

Status prepare(SqliteFile& file) {
  TRY(const Found found, file.read([&]() -> Result<Found> { return look(file); }));
  if (found == Found::something_else) {
    return fail(ErrorKind::conflict, "{} is a database, but not a journal of Slipway's: name another folder",
                file.path().string());
  }
  if (found == Found::journal) {
    TRY_VOID(file.read([&] { return check_formats(file); }));
    TRY_VOID(file.make_durable());
    return bring_up_to_date(file);
  }
  TRY_VOID(file.make_durable());
  return file.write([&]() -> Status {
    file.execute(tables);
    file.execute(audit_table);
    file.execute(
        fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application_id, schema_format));
    return {};
  });
}

}  // namespace slipway::journal
