#include "journal/sqlite_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace slipway::journal {
namespace {

constexpr int busy_ms = 500;  // only another program's look into the file ever makes us wait

enum class Meaning { no_room, unusable_now, read_only, in_use, damaged, ours };

Meaning meaning(int code) {
  switch (code & 0xff) {  // the rest are refinements
    case SQLITE_FULL:
      return Meaning::no_room;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Meaning::unusable_now;
    case SQLITE_READONLY:
      return Meaning::read_only;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Meaning::in_use;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Meaning::damaged;
    default:
      return Meaning::ours;
  }
}

std::string_view advice(Meaning meaning) {
  switch (meaning) {
    case Meaning::no_room:
      return "free space there and it goes on by itself";
    case Meaning::unusable_now:
      return "see that its disk works and has space";
    case Meaning::read_only:
      return "make the folder writable again";
    case Meaning::in_use:
      return "close the other program that has the file open";
    case Meaning::damaged:
      return "put a backup of it in its place";
    case Meaning::ours:
      return "this is a fault of Slipway's";
  }
  return "";
}

ErrorKind kind_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::no_room:
    case Meaning::unusable_now:
    case Meaning::read_only:
    case Meaning::in_use:
      return ErrorKind::unavailable;
    case Meaning::damaged:
    case Meaning::ours:
      return ErrorKind::internal;
  }
  return ErrorKind::internal;
}

// What the system said last of the file or its log. sqlite3_system_errno is overwritten by the rollback.
int system_errno(sqlite3* database) {
  int error_number = 0;
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log)) ==
          SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr)
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error_number);
  if (error_number == 0) sqlite3_file_control(database, "main", SQLITE_FCNTL_LAST_ERRNO, &error_number);
  return error_number;
}

std::string system_reason(int error_number) {
  return error_number == 0 ? "" : ": " + std::generic_category().message(error_number);
}

Error explained(int code, std::string what, int error_number, std::string_view doing,
                const std::filesystem::path& file) {
  const Meaning means = meaning(code);
  if (means == Meaning::unusable_now) what += system_reason(error_number);
  return {kind_of(means),
          fmt::format("the journal can't be {}: {} ({}); {}", doing, what, file.string(), advice(means))};
}

}  // namespace

SqliteFile::SqliteFile(const std::filesystem::path& file)
    : path_(file), database_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_ms) {}

Result<std::unique_ptr<SqliteFile>> SqliteFile::open(const std::filesystem::path& file) {
  // SQLite would create it readable by all, and its companions take its mode.
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorKind::unavailable,
                "the journal can't be opened: {} ({}); see that its folder is there and writable",
                std::generic_category().message(errno), file.string());
  }
  ::close(descriptor);
  try {
    return std::unique_ptr<SqliteFile>(new SqliteFile(file));
  } catch (const SQLite::Exception& e) {
    return std::unexpected(explained(e.getExtendedErrorCode(), e.what(), 0, "opened", file));
  }
}

Status SqliteFile::make_durable() {
  return read([this]() -> Status {
    execute("PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-2048");
    SQLite::Statement mode(database_, "PRAGMA journal_mode=WAL");
    if (!mode.executeStep() || mode.getColumn(0).getString() != "wal") {
      return fail(ErrorKind::unavailable,
                  "the journal can't be written: its file system has no shared memory maps ({}); keep it on "
                  "a local disk",
                  path_.string());
    }
    mode.reset();
    execute("PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=8388608");
    return {};
  });
}

Query SqliteFile::query(std::string_view sql) {
  auto known = statements_.find(sql);
  if (known == statements_.end()) known = statements_.try_emplace(sql, database_, std::string(sql)).first;
  return Query(known->second);
}

Error SqliteFile::understood(std::exception_ptr thrown, std::string_view doing) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const SQLite::Exception& e) {
    return explained(e.getExtendedErrorCode(), e.what(), system_errno(database_.getHandle()), doing, path_);
  } catch (const std::exception& e) {
    return {ErrorKind::internal,
            fmt::format("the journal can't be {}: {} ({})", doing, e.what(), path_.string())};
  }
}

}  // namespace slipway::journal
