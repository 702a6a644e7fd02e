#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <set>
#include <vector>

#include "core/json.h"
#include "journal/sqlite_journal.h"
#include "journal/transactions.h"
#include "runner/runner.h"

// Journals of each format that was released, as they were after every event of some golden scenarios
// (tests/data/journals/FORMAT): each is loaded, and the daemon brings what was under way to an end.
namespace slipway::journal {
namespace {

namespace fs = std::filesystem;

fs::path recorded() {
  return fs::path(SLIPWAY_TEST_DATA) / "journals";
}

std::vector<fs::path> files_in(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == extension) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

// What a journal held after one event, with all events before it.
struct Moment {
  std::vector<Json> lines;  // the last one is the moment's
  Json state;
};

void write_database(const Moment& moment, const fs::path& schema, const fs::path& file) {
  std::ifstream text(schema);
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(std::string((std::istreambuf_iterator<char>(text)), {}));
  const Json& last = moment.lines.back();
  const std::string target = "shop/production";
  for (const Json& line : moment.lines) {
    SQLite::Statement event(database, "INSERT INTO event(target, number, time, body) VALUES(?, ?, ?, ?)");
    SQLite::bind(event, target, line["number"].get<std::int64_t>(), line["time"].get<std::int64_t>(),
                 line["event"].dump());
    event.exec();
    for (const Json& record : line["deployments"]) {
      SQLite::Statement deployment(database,
                                   "INSERT OR REPLACE INTO deployment(target, number, body) VALUES(?, ?, ?)");
      SQLite::bind(deployment, target, record["number"].get<int>(), record.dump());
      deployment.exec();
    }
  }
  SQLite::Statement state(database, "INSERT INTO state(target, number, format, body) VALUES(?, ?, ?, ?)");
  SQLite::bind(state, target, last["number"].get<std::int64_t>(), last["format"].get<int>(),
               moment.state.dump());
  state.exec();
  for (const Json& open : last["open"]) {
    SQLite::Statement effect(database,
                             "INSERT INTO effect(target, event, ordinal, body, open) VALUES(?, ?, ?, ?, 1)");
    SQLite::bind(effect, target, open["id"]["event"].get<std::int64_t>(), open["id"]["ordinal"].get<int>(),
                 open.dump());
    effect.exec();
  }
}

// Where all goes well: effects are done at once, and instances that are probed are healthy.
class WorldInWhichAllGoesWell final : public runner::Clock, public runner::Driver, public runner::Keeper {
 public:
  explicit WorldInWhichAllGoesWell(Time time) : time_(time) {}
  Time now() override { return time_; }
  void pass_until(Time time) { time_ = std::max(time_, time); }

  void observe(const core::Effect&, Seen seen) override {
    answers_.push_back([seen = std::move(seen)] { seen(std::nullopt); });
  }
  void perform(const core::Effect& effect, Done done) override {
    core::Outcome outcome;
    if (std::holds_alternative<core::StartInstance>(effect.body)) outcome.port = 20'000 + ports_++;
    if (const auto* check = std::get_if<core::RunCheck>(&effect.body)) {
      outcome.evidence.emplace();
      outcome.evidence->check = check->check.name;
      outcome.evidence->artifact = check->release.digest;
      outcome.evidence->passed = true;
      outcome.evidence->at = time_;
    }
    answers_.push_back([done = std::move(done), outcome] { done(outcome); });
  }
  void keep(const std::map<core::Target, core::Duties>& duties) override { duties_ = duties; }

  // False: there was nothing to say.
  bool say_what_happened(runner::Runner& runner) {
    bool said = false;
    for (; !answers_.empty(); said = true) {
      const auto answer = std::move(answers_.front());
      answers_.pop_front();
      answer();
    }
    const auto duties = duties_;
    for (const auto& [target, duty] : duties)
      for (const auto& probe : duty.probes)
        if (healthy_.insert(probe.instance).second) {
          runner.deliver(target, core::InstanceObserved{probe.instance, core::Health::healthy, "", 0});
          said = true;
        }
    return said;
  }

 private:
  Time time_;
  int ports_ = 0;
  std::deque<std::function<void()>> answers_;
  std::map<core::Target, core::Duties> duties_;
  std::set<core::InstanceName> healthy_;
};

bool is_at_rest(const core::TargetState& state) {
  return !state.deployment && !state.queued && state.outbox.empty();
}

void brings_to_an_end(SqliteJournal& journal, Time at) {
  WorldInWhichAllGoesWell world(at);
  runner::Runner runner(world, journal, world, world);
  ASSERT_TRUE(runner.recover({.boot_id = "boot", .away = Duration(1000), .unrenewed = Duration(1000)}));
  const core::TargetState& state = *runner.find(shop());
  // Two days: an approval may be waited for for one.
  for (const Time latest = at + std::chrono::hours(48); world.now() < latest && !is_at_rest(state);) {
    if (world.say_what_happened(runner)) continue;
    const auto next = runner.next_wakeup();
    if (next && *next <= latest) {
      world.pass_until(*next);
      runner.wake();
    } else {
      ASSERT_TRUE(runner.command(shop(), core::AbortRequested{"ann", "it waits for people"}));
    }
  }
  EXPECT_TRUE(is_at_rest(state)) << Json(state).dump(2);
}

class RecordedJournal : public testing::TestWithParam<fs::path> {};

TEST_P(RecordedJournal, LoadsAtEachMomentAndWhatWasUnderWayComesToAnEnd) {
  std::ifstream file(GetParam());
  Moment moment;
  for (std::string text; std::getline(file, text);) {
    moment.lines.push_back(Json::parse(text));
    const Json& line = moment.lines.back();
    moment.state = moment.state.patch(line["state"]);
    SCOPED_TRACE("event " + line["number"].dump());
    const Folder folder;
    write_database(moment, GetParam().parent_path() / "schema.sql", folder.file());
    auto journal = SqliteJournal::open(folder.file());
    ASSERT_TRUE(journal) << journal.error().message;
    auto recovered = (*journal)->recover();
    ASSERT_TRUE(recovered) << recovered.error().message;
    ASSERT_EQ(recovered->size(), 1U);
    EXPECT_EQ(recovered->front().open.size(), line["open"].size());
    EXPECT_EQ((*journal)->events(shop())->size(), moment.lines.size());
    brings_to_an_end(**journal, recovered->front().state.now);
    if (HasFailure()) return;
  }
  EXPECT_FALSE(moment.lines.empty());
}

INSTANTIATE_TEST_SUITE_P(Recorded, RecordedJournal, testing::ValuesIn(files_in(recorded(), ".jsonl")),
                         [](const auto& parameter) {
                           std::string name = parameter.param.parent_path().filename().string() + "_" +
                                              parameter.param.stem().string();
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace slipway::journal
