#include "journal/sqlite_journal.h"

#include "journal/promises.h"
#include "journal/schema.h"
#include "journal/sqlite_impl.h"

namespace slipway::journal {
namespace {

// The deployment that a transaction's notes are of, where they don't say another.
int deployment_of(const runner::Transaction& transaction) {
  const auto& records = transaction.records;
  if (records.size() == 1) return records.front().number;
  if (transaction.state.deployment) return transaction.state.deployment->record.number;
  return records.empty() ? 0 : records.back().number;
}

enum class Kind { command, other };

void write_event(SqliteFile& file, const runner::Transaction& transaction, Kind kind,
                 const std::string& target) {
  Query insert = file.query("INSERT INTO event(target, number, time, body, reply) VALUES(?, ?, ?, ?, ?)");
  const std::string body = to_text(core::event_to_json(transaction.event));
  if (kind == Kind::command) {
    insert.with(target, transaction.number, to_number(transaction.time), body,
                to_text(Json(transaction.reply)));
  } else {
    insert.with(target, transaction.number, to_number(transaction.time), body, nullptr);
  }
  insert.run();
}

void write_state(SqliteFile& file, const runner::Transaction& transaction, const std::string& target) {
  file.query(
          "INSERT INTO state(target, number, format, body) VALUES(?, ?, ?, ?) ON CONFLICT(target) DO UPDATE "
          "SET "
          "number = excluded.number, format = excluded.format, body = excluded.body")
      .with(target, transaction.number, transaction.state.format, to_text(Json(transaction.state)))
      .run();
}

void write_effects(SqliteFile& file, const runner::Transaction& transaction, const std::string& target) {
  // The world that open effects spoke of is gone with the host's last life.
  if (std::holds_alternative<core::HostRebooted>(transaction.event))
    file.query("UPDATE effect SET open = 0 WHERE target = ? AND open = 1").with(target).run();
  if (transaction.closes) {
    const core::EffectId& id = *transaction.closes;
    file.query("UPDATE effect SET open = 0 WHERE target = ? AND event = ? AND ordinal = ?")
        .with(id.target.text(), id.event, id.ordinal)
        .run();
  }
  for (const core::Effect& effect : transaction.effects) {
    file.query("INSERT INTO effect(target, event, ordinal, body, open) VALUES(?, ?, ?, ?, 1)")
        .with(target, effect.id.event, effect.id.ordinal, to_text(Json(effect)))
        .run();
  }
}

void write_history(SqliteFile& file, const runner::Transaction& transaction, const std::string& target) {
  for (const core::DeploymentRecord& record : transaction.records) {
    file.query(
            "INSERT INTO deployment(target, number, body) VALUES(?, ?, ?) "
            "ON CONFLICT(target, number) DO UPDATE SET body = excluded.body")
        .with(target, record.number, to_text(Json(record)))
        .run();
  }
  for (const core::Note& note : transaction.notes) {
    file.query("INSERT INTO note(target, deployment, time, text) VALUES(?, ?, ?, ?)")
        .with(target, note.deployment.value_or(deployment_of(transaction)), to_number(transaction.time),
              note.text)
        .run();
  }
}

std::int64_t last_number(SqliteFile& file, const std::string& target) {
  Query query = file.query("SELECT number FROM state WHERE target = ?");
  return query.with(target).next() ? query.number(0) : 0;
}

}  // namespace

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::filesystem::path& file) {
  TRY(auto opened, SqliteFile::open(file));
  TRY_VOID(prepare(*opened));
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal(std::make_unique<Impl>(std::move(opened))));
  TRY_VOID(journal->read_audit_head());
  return journal;
}

SqliteJournal::SqliteJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteJournal::~SqliteJournal() = default;

Status SqliteJournal::append(const runner::Transaction& transaction) {
  SqliteFile& file = *impl_->file;
  const std::string target = transaction.target.text();
  const std::optional<runner::AuditEntry> entry = runner::audited(transaction);
  AuditHead head = impl_->head;
  TRY_VOID(file.write([&]() -> Status {
    check_promises(transaction, last_number(file, target));
    write_event(file, transaction, entry ? Kind::command : Kind::other, target);
    write_state(file, transaction, target);
    write_effects(file, transaction, target);
    write_history(file, transaction, target);
    if (entry) head = write_audit(file, head, *entry);
    return {};
  }));
  if (head == impl_->head) return {};
  impl_->head = std::move(head);
  keep_head(file, impl_->head);
  return {};
}

Result<std::vector<runner::Recovered>> SqliteJournal::recover() {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<runner::Recovered>> {
    std::vector<runner::Recovered> recovered;
    std::map<std::string, std::size_t> places;
    Query states = file.query("SELECT target, body FROM state ORDER BY target");
    while (states.next()) {
      const std::string target = states.text(0);
      TRY(auto state, from_text<core::TargetState>(states.text(1), "state", target));
      places.emplace(target, recovered.size());
      recovered.push_back({std::move(state), {}});
    }
    Query effects =
        file.query("SELECT target, body FROM effect WHERE open = 1 ORDER BY target, event, ordinal");
    while (effects.next()) {
      const std::string target = effects.text(0);
      TRY(auto effect, from_text<core::Effect>(effects.text(1), "effect", target));
      const auto place = places.find(target);
      if (place == places.end())
        return std::unexpected(
            unreadable("effect", target, {ErrorKind::internal, "the target has no state"}));
      recovered[place->second].open.push_back(std::move(effect));
    }
    return recovered;
  });
}

Result<std::vector<SqliteJournal::Entry>> SqliteJournal::events(const core::Target& target) {
  SqliteFile& file = *impl_->file;
  return file.read([&]() -> Result<std::vector<Entry>> {
    std::vector<Entry> entries;
    Query query = file.query("SELECT number, time, body FROM event WHERE target = ? ORDER BY number");
    query.with(target.text());
    while (query.next()) {
      const std::string row = fmt::format("{}#{}", target.text(), query.number(0));
      TRY(const Json json, from_text<Json>(query.text(2), "event", row));
      auto event = core::event_from_json(json);
      if (!event) return std::unexpected(unreadable("event", row, event.error()));
      entries.push_back({query.number(0), to_time(query.number(1)), *std::move(event)});
    }
    return entries;
  });
}

}  // namespace slipway::journal
