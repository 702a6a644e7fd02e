#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "journal/sqlite_journal.h"

namespace slipway::journal {

// A folder of its own for a test, gone with it.
class Folder {
 public:
  explicit Folder(const std::filesystem::path& within = std::filesystem::temp_directory_path()) {
    std::string pattern = (within / "slipway-journal-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path file() const { return path_ / "journal.db"; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline core::Target shop() {
  return {"shop", "production"};
}

inline Time at(std::int64_t ms) {
  return Time(Duration(1'790'000'000'000 + ms));
}

inline core::Effect stop_effect(const core::Target& target, std::int64_t event, int ordinal) {
  return {{target, event, ordinal}, core::StopInstance{{1, ordinal + 1}, Duration(500)}};
}

// The `number`th event of `target`, TimePassed, with nothing else.
inline runner::Transaction plain(const core::Target& target, std::int64_t number) {
  runner::Transaction transaction;
  transaction.target = target;
  transaction.number = number;
  transaction.time = at(number);
  transaction.event = core::TimePassed{};
  transaction.state.target = target;
  transaction.state.events = number;
  transaction.state.now = at(number);
  return transaction;
}

inline core::DeploymentRecord record(int number, core::OutcomeKind outcome) {
  core::DeploymentRecord made;
  made.number = number;
  made.release = {number, "1." + std::to_string(number) + ".0", std::string(64, 'a')};
  made.by = "ada";
  made.started = at(number);
  made.outcome = outcome;
  return made;
}

template <class T>
auto must(T result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    std::abort();
  }
  if constexpr (!std::is_void_v<typename T::value_type>) return *std::move(result);
}

inline std::unique_ptr<SqliteJournal> open(const Folder& folder) {
  return must(SqliteJournal::open(folder.file()));
}

}  // namespace slipway::journal
