#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace slipway::journal {

// One use of a prepared statement, ended by its destructor.
class Query {
 public:
  explicit Query(SQLite::Statement& statement) : statement_(statement) {}
  ~Query() { statement_.tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <class... Values>
  Query& with(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  bool next() { return statement_.executeStep(); }
  void run() { statement_.exec(); }

  std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }
  std::string text(int column) const { return statement_.getColumn(column).getString(); }

 private:
  void bind(int index, const std::string& value) { statement_.bind(index, value); }
  void bind(int index, std::int64_t value) { statement_.bind(index, value); }
  void bind(int index, int value) { statement_.bind(index, value); }
  void bind(int index, std::nullptr_t) { statement_.bind(index); }

  SQLite::Statement& statement_;
};

// Knows one SQLite file: how it is opened, its prepared statements, and what its errors mean to a person.
// Safe from every thread: one piece of work at a time.
class SqliteFile {
 public:
  // Creates the file, for its owner alone, where there is none. unavailable if that can't be done.
  static Result<std::unique_ptr<SqliteFile>> open(const std::filesystem::path& file);

  // Both run `work`, a function without arguments that returns a Result or Status and may use query(). What
  // SQLite throws in it becomes an Error: unavailable where it may work later, else internal.
  template <class Work>
  auto read(Work work) -> decltype(work()) {
    const std::lock_guard lock(mutex_);
    try {
      return work();
    } catch (...) {
      return std::unexpected(understood(std::current_exception(), "read"));
    }
  }
  // In one transaction, durable when it returns a value, and otherwise without a trace.
  template <class Work>
  auto write(Work work) -> decltype(work()) {
    const std::lock_guard lock(mutex_);
    try {
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      auto result = work();
      if (result) transaction.commit();
      return result;
    } catch (...) {
      return std::unexpected(understood(std::current_exception(), "written"));
    }
  }

  // Only within read() or write(). `sql` is a literal: it is prepared once and kept.
  Query query(std::string_view sql);
  // Several statements, without values or rows. Only within read() or write().
  void execute(const std::string& sql) { database_.exec(sql); }
  // Outside of a transaction, once, before the first write().
  Status make_durable();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit SqliteFile(const std::filesystem::path& file);
  Error understood(std::exception_ptr thrown, std::string_view doing);

  std::filesystem::path path_;
  std::mutex mutex_;
  SQLite::Database database_;
  std::map<std::string_view, SQLite::Statement> statements_;
};

}  // namespace slipway::journal
