#include "journal/sqlite_impl.h"

// What a person reads: deployments, notes, and the few facts beside them.
namespace slipway::journal {
namespace {

Result<std::vector<Note>> collect_notes(Query& query) {
  std::vector<Note> notes;
  while (query.next()) {
    const std::string text = query.text(1);
    auto target = core::parse_target(text);
    if (!target) return std::unexpected(unreadable("note", text, target.error()));
    notes.push_back({query.number(0), *std::move(target), static_cast<int>(query.number(2)),
                     to_time(query.number(3)), query.text(4)});
  }
  return notes;
}

}  // namespace

Result<std::vector<core::DeploymentRecord>> SqliteJournal::history(const core::Target& target, int limit) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<core::DeploymentRecord>> {
    std::vector<core::DeploymentRecord> records;
    Query query = file.query("SELECT body FROM deployment WHERE target = ? ORDER BY number DESC LIMIT ?");
    query.with(target.text(), limit);
    while (query.next()) {
      TRY(auto record, from_text<core::DeploymentRecord>(query.text(0), "deployment", target.text()));
      records.push_back(std::move(record));
    }
    return records;
  });
}

Result<std::vector<core::DeploymentRecord>> SqliteJournal::history_of(const core::Target& target,
                                                                      const std::string& digest, int limit) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<core::DeploymentRecord>> {
    std::vector<core::DeploymentRecord> records;
    // Most records are of other artifacts, and aren't parsed.
    Query query = file.query(
        "SELECT body FROM deployment WHERE target = ? AND instr(body, ?) > 0 ORDER BY number DESC LIMIT ?");
    query.with(target.text(), digest, limit);
    while (query.next()) {
      TRY(auto record, from_text<core::DeploymentRecord>(query.text(0), "deployment", target.text()));
      const bool replaced = record.replaced && record.replaced->digest == digest;
      if (record.release.digest == digest || replaced) records.push_back(std::move(record));
    }
    return records;
  });
}

Result<std::optional<core::DeploymentRecord>> SqliteJournal::deployment(const core::Target& target,
                                                                        int number) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::optional<core::DeploymentRecord>> {
    Query query = file.query("SELECT body FROM deployment WHERE target = ? AND number = ?");
    if (!query.with(target.text(), number).next()) return std::nullopt;
    return from_text<core::DeploymentRecord>(query.text(0), "deployment", target.text());
  });
}

Result<std::optional<core::DeploymentRecord>> SqliteJournal::made_from(const std::string& service,
                                                                       const std::string& digest) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::optional<core::DeploymentRecord>> {
    std::optional<core::DeploymentRecord> newest;
    const std::string before = service + "/";
    // Most records are of other artifacts, and aren't parsed.
    Query query = file.query(
        "SELECT body, target FROM deployment WHERE substr(target, 1, length(?)) = ? AND instr(body, ?) > 0");
    query.with(before, before, digest);
    while (query.next()) {
      TRY(auto record, from_text<core::DeploymentRecord>(query.text(0), "deployment", query.text(1)));
      if (record.release.digest != digest || record.source.commit.empty()) continue;
      if (!newest || record.started > newest->started) newest = std::move(record);
    }
    return newest;
  });
}

Result<std::vector<Note>> SqliteJournal::notes(const core::Target& target, int deployment) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<Note>> {
    Query query = file.query(
        "SELECT id, target, deployment, time, text FROM note WHERE target = ? AND deployment = ? ORDER BY "
        "id");
    query.with(target.text(), deployment);
    return collect_notes(query);
  });
}

Result<std::vector<Note>> SqliteJournal::notes_after(std::int64_t id, int limit) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<Note>> {
    Query query =
        file.query("SELECT id, target, deployment, time, text FROM note WHERE id > ? ORDER BY id LIMIT ?");
    query.with(id, limit);
    return collect_notes(query);
  });
}

Result<std::int64_t> SqliteJournal::last_note() {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::int64_t> {
    Query query = file.query("SELECT max(id) FROM note");
    return query.next() ? query.number(0) : 0;
  });
}

Result<std::optional<std::string>> SqliteJournal::fact(const std::string& name) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::optional<std::string>> {
    Query query = file.query("SELECT value FROM fact WHERE name = ?");
    if (!query.with(name).next()) return std::nullopt;
    return query.text(0);
  });
}

// A row that is written anew each time: the same pages that an event would need first.
Status SqliteJournal::check() {
  return set_fact("checked", "yes");
}

Status SqliteJournal::set_fact(const std::string& name, const std::string& value) {
  SqliteFile& file = *impl_->file;
  return file.write([&]() -> Status {
    file.query(
            "INSERT INTO fact(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = "
            "excluded.value")
        .with(name, value)
        .run();
    return {};
  });
}

}  // namespace slipway::journal
