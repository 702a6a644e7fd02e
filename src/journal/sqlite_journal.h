#pragma once

#include <filesystem>
#include <memory>

#include "journal/audit_chain.h"
#include "runner/doors.h"

// What happened, durably: SQLite in WAL mode with synchronous=FULL, one transaction an event.
namespace slipway::journal {

struct StoredRelease {
  std::string service;
  core::Release release;
  std::string config;  // slipway.yaml as written
  std::string by;
  Time created{};
  bool operator==(const StoredRelease&) const = default;
};

struct Note {
  std::int64_t id = 0;  // rises
  core::Target target;
  int deployment = 0;  // 0: of none
  Time time{};
  std::string text;
  bool operator==(const Note&) const = default;
};

class SqliteJournal final : public runner::Journal {
 public:
  // Creates the file where there is none. conflict: written by a later format; the message says which.
  static Result<std::unique_ptr<SqliteJournal>> open(const std::filesystem::path& file);
  ~SqliteJournal() override;

  Status append(const runner::Transaction& transaction) override;
  Result<std::vector<runner::Recovered>> recover() override;
  Status check() override;

  // Every event of a target from the first on, for a replay.
  struct Entry {
    std::int64_t number = 0;
    Time time{};
    core::Event event;
  };
  Result<std::vector<Entry>> events(const core::Target& target);

  // The audit trail. append() writes a row with each command of a person; this one is for what never became
  // an event: refused by who it was. All four on the thread of append().
  Status audit(const runner::AuditEntry& entry);
  // To be called once, before anything is appended: compares the trail's end with the head that was kept
  // beside the file. What is wrong with it is written into the trail, and returned.
  Result<std::optional<std::string>> resume_audit(Time now);
  const AuditHead& audit_head() const;
  // Newest first. `of`: a service/environment, an environment, or empty for all.
  Result<std::vector<AuditRow>> audit_rows(const std::string& of, int limit);

  // The same version, digest and configuration again is the same release. conflict: the version has another
  // digest.
  Result<StoredRelease> add_release(const std::string& service, const std::string& version,
                                    const std::string& digest, const std::string& config,
                                    const std::string& by, Time now);
  Result<std::vector<StoredRelease>> releases(const std::string& service);  // newest first
  Result<std::optional<StoredRelease>> release(const std::string& service, int revision);
  Result<std::optional<std::string>> digest_of(const std::string& service, const std::string& version);

  Result<std::vector<core::DeploymentRecord>> history(const core::Target& target, int limit);  // newest first
  Result<std::optional<core::DeploymentRecord>> deployment(const core::Target& target, int number);
  // Of the artifact, or of what took its place; newest first.
  Result<std::vector<core::DeploymentRecord>> history_of(const core::Target& target,
                                                         const std::string& digest, int limit);
  // The newest deployment of the artifact, of any target of the service, of which it is known from which
  // commit it was made.
  Result<std::optional<core::DeploymentRecord>> made_from(const std::string& service,
                                                          const std::string& digest);
  Result<std::vector<Note>> notes(const core::Target& target, int deployment);
  Result<std::vector<Note>> notes_after(std::int64_t id, int limit);  // of all targets, oldest first
  Result<std::int64_t> last_note();

  Result<std::optional<std::string>> fact(const std::string& name);  // "boot_id"
  Status set_fact(const std::string& name, const std::string& value);

 private:
  Status read_audit_head();

  struct Impl;
  explicit SqliteJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::journal
