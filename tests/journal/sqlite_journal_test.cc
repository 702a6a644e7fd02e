#include "journal/sqlite_journal.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>

#include "core/json.h"
#include "journal/schema.h"
#include "journal/transactions.h"

namespace slipway::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

void change(const Folder& folder, const std::string& sql) {
  SQLite::Database database(folder.file().string(), SQLite::OPEN_READWRITE);
  database.exec(sql);
}

core::DeployRequested deploy() {
  core::DeployRequested event;
  event.request.release = {3, "1.2.0", std::string(64, 'b')};
  event.request.bound.listen = "127.0.0.1:8080";
  event.request.bound.run.command = {"./shop", "--fast"};
  event.request.bound.run.env = {{"MODE", "quick"},
                                 {"KEY", core::SecretRef{core::SecretRef::Source::file, "/etc/key", {}}}};
  core::SmokeTest test;
  test.name = "up";
  test.get = "/health";
  test.expect.status = 200;
  event.request.bound.smoke_tests = {test};
  event.request.by = "ada";
  event.request.reason = "it's faster: 日本";
  return event;
}

core::TargetState rich_state(std::int64_t number) {
  core::TargetState state;
  state.target = shop();
  state.events = number;
  state.now = at(number);
  state.deployments = 7;
  core::Fleet fleet;
  fleet.deployment = 7;
  fleet.release = deploy().request.release;
  fleet.bound = deploy().request.bound;
  fleet.pool = core::Pool::b;
  core::Instance instance;
  instance.name = {7, 1};
  instance.port = 20'001;
  instance.running = true;
  instance.open = core::EffectId{shop(), number, 0};
  instance.health = core::Health::unhealthy;
  instance.detail = "status 503, expected 200";
  fleet.instances = {instance};
  state.stable = fleet;
  core::Deployment deployment;
  deployment.record = record(7, core::OutcomeKind::under_way);
  deployment.stages = core::plan(fleet.bound, core::Request::Kind::deploy, true);
  deployment.cursor = 2;
  state.deployment = deployment;
  state.queued = deploy();
  state.trail = {fleet.release};
  return state;
}

TEST(SqliteJournal, GivesBackTheStateAndTheOpenEffectsThatWereAppended) {
  const Folder folder;
  runner::Transaction transaction = plain(shop(), 1);
  transaction.event = deploy();
  transaction.state = rich_state(1);
  transaction.effects = {stop_effect(shop(), 1, 0), stop_effect(shop(), 1, 1)};
  must(open(folder)->append(transaction));

  const auto recovered = must(open(folder)->recover());
  ASSERT_THAT(recovered, SizeIs(1));
  EXPECT_EQ(recovered[0].state, transaction.state);
  EXPECT_EQ(recovered[0].open, transaction.effects);
}

TEST(SqliteJournal, IsEmptyWhenNew) {
  const Folder folder;
  const auto journal = open(folder);
  EXPECT_THAT(must(journal->recover()), IsEmpty());
  EXPECT_THAT(must(journal->events(shop())), IsEmpty());
  EXPECT_THAT(must(journal->history(shop(), 10)), IsEmpty());
  EXPECT_THAT(must(journal->releases("shop")), IsEmpty());
  EXPECT_EQ(must(journal->last_note()), 0);
  EXPECT_EQ(must(journal->fact("boot_id")), std::nullopt);
}

TEST(SqliteJournal, GivesBackEveryEventInOrder) {
  const Folder folder;
  const auto journal = open(folder);
  const std::vector<core::Event> events{
      deploy(),
      core::RollbackRequested{"ada", "slow", 2, deploy().request, true},
      core::AbortRequested{"ada", "no"},
      core::EffectEnded{{shop(), 1, 0},
                        {.status = core::Outcome::Status::failed,
                         .message = "taken",
                         .last_request = at(3),
                         .unchecked = {{7, 2}},
                         .smoke = {{"up", "x:1", false, "503"}}}},
      core::ServersObserved{{{{7, 1}, false, "status 400"}}},
      core::VerdictChanged{7, {judge::Verdict::Kind::unhealthy, "errors 20 %", at(2)}},
      core::PauseRequested{"ada", "lunch"},
      core::InstanceObserved{{7, 1}, core::Health::gone, "its process is gone", 2},
      core::TimePassed{},
      core::HostRebooted{"0c1d"},
      core::LeaseLapsed{Duration(16'000)},
      core::ClockJumped{Duration(-5)}};
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto transaction = plain(shop(), static_cast<std::int64_t>(i) + 1);
    transaction.event = events[i];
    must(journal->append(transaction));
  }
  const auto read = must(journal->events(shop()));
  ASSERT_THAT(read, SizeIs(events.size()));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(read[i].number, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(read[i].time, at(read[i].number));
    EXPECT_EQ(read[i].event, events[i]) << core::kind(events[i]);
  }
}

TEST(SqliteJournal, KeepsTextThatIsNotUtf8Readable) {
  const Folder folder;
  const auto journal = open(folder);
  auto transaction = plain(shop(), 1);
  transaction.event = core::InstanceObserved{{1, 1}, core::Health::unhealthy, "said \xff\xfe", 0};
  must(journal->append(transaction));
  EXPECT_THAT(must(journal->events(shop())), SizeIs(1));
}

TEST(SqliteJournal, ClosesTheEffectWhoseOutcomeAnEventIs) {
  const Folder folder;
  const auto journal = open(folder);
  auto first = plain(shop(), 1);
  first.effects = {stop_effect(shop(), 1, 0), stop_effect(shop(), 1, 1)};
  must(journal->append(first));
  auto second = plain(shop(), 2);
  second.closes = first.effects[0].id;
  second.effects = {stop_effect(shop(), 2, 0)};
  must(journal->append(second));
  EXPECT_THAT(must(journal->recover())[0].open, ElementsAre(first.effects[1], second.effects[0]));
}

TEST(SqliteJournal, ClosesWhatATargetHadOpenWhenTheHostRebooted) {
  const Folder folder;
  const auto journal = open(folder);
  const core::Target staging{"shop", "staging"};
  for (const auto& target : {shop(), staging}) {
    auto first = plain(target, 1);
    first.effects = {stop_effect(target, 1, 0)};
    must(journal->append(first));
  }
  auto reboot = plain(shop(), 2);
  reboot.event = core::HostRebooted{"0c1d"};
  reboot.effects = {stop_effect(shop(), 2, 0)};
  must(journal->append(reboot));
  const auto recovered = must(journal->recover());
  ASSERT_THAT(recovered, SizeIs(2));
  EXPECT_THAT(recovered[0].open, ElementsAre(reboot.effects[0]));
  EXPECT_THAT(recovered[1].open, ElementsAre(stop_effect(staging, 1, 0)));
}

TEST(SqliteJournalDeath, AGapInATargetsNumbersIsABrokenPromise) {
  const Folder folder;
  const auto journal = open(folder);
  must(journal->append(plain(shop(), 1)));
  EXPECT_DEATH((void)journal->append(plain(shop(), 3)), "broken promise");
  EXPECT_DEATH((void)journal->append(plain(shop(), 1)), "broken promise");
}

TEST(SqliteJournal, KeepsTheLastWordOnEachDeploymentNewestFirst) {
  const Folder folder;
  const auto journal = open(folder);
  auto first = plain(shop(), 1);
  first.records = {record(1, core::OutcomeKind::under_way)};
  must(journal->append(first));
  auto second = plain(shop(), 2);
  second.records = {record(1, core::OutcomeKind::superseded), record(2, core::OutcomeKind::under_way)};
  must(journal->append(second));

  EXPECT_EQ(must(journal->history(shop(), 10)),
            (std::vector{record(2, core::OutcomeKind::under_way), record(1, core::OutcomeKind::superseded)}));
  EXPECT_THAT(must(journal->history(shop(), 1)), SizeIs(1));
  EXPECT_EQ(must(journal->deployment(shop(), 1)), record(1, core::OutcomeKind::superseded));
  EXPECT_EQ(must(journal->deployment(shop(), 9)), std::nullopt);
}

TEST(SqliteJournal, NotesAreOfTheirOwnDeploymentOrTheTransactionsOrTheOneUnderWayOrNone) {
  const Folder folder;
  const auto journal = open(folder);
  auto none = plain(shop(), 1);
  none.notes = {core::Note{"refused"}};
  must(journal->append(none));
  auto ended = plain(shop(), 2);
  ended.records = {record(6, core::OutcomeKind::aborted)};
  ended.notes = {core::Note{"aborted"}, core::Note{"users are back"}};
  must(journal->append(ended));
  auto under_way = plain(shop(), 3);
  under_way.state = rich_state(3);
  under_way.notes = {core::Note{"healthy"}, core::Note{"told of an earlier one", 6}};
  must(journal->append(under_way));

  EXPECT_THAT(must(journal->notes(shop(), 0)), ElementsAre(testing::Field(&Note::text, "refused")));
  EXPECT_THAT(
      must(journal->notes(shop(), 6)),
      ElementsAre(testing::Field(&Note::text, "aborted"), testing::Field(&Note::text, "users are back"),
                  testing::Field(&Note::text, "told of an earlier one")));
  EXPECT_THAT(
      must(journal->notes(shop(), 7)),
      ElementsAre(testing::AllOf(testing::Field(&Note::text, "healthy"), testing::Field(&Note::time, at(3)),
                                 testing::Field(&Note::target, shop()))));
}

TEST(SqliteJournal, NotesOfAllTargetsComeInTheOrderTheyWereWritten) {
  const Folder folder;
  const auto journal = open(folder);
  const core::Target staging{"shop", "staging"};
  for (int i = 1; i <= 3; ++i) {
    for (const auto& target : {shop(), staging}) {
      auto transaction = plain(target, i);
      transaction.notes = {core::Note{fmt::format("{} {}", target.environment, i)}};
      must(journal->append(transaction));
    }
  }
  const auto text = [](const std::vector<Note>& notes) {
    std::vector<std::string> texts;
    for (const Note& note : notes) texts.push_back(note.text);
    return texts;
  };
  const auto all = must(journal->notes_after(0, 100));
  EXPECT_THAT(text(all), ElementsAre("production 1", "staging 1", "production 2", "staging 2", "production 3",
                                     "staging 3"));
  EXPECT_THAT(text(must(journal->notes_after(all[1].id, 2))), ElementsAre("production 2", "staging 2"));
  EXPECT_EQ(must(journal->last_note()), all.back().id);
  EXPECT_THAT(must(journal->notes_after(all.back().id, 10)), IsEmpty());
}

TEST(SqliteJournal, FactsAreKeptAndReplaced) {
  const Folder folder;
  must(open(folder)->set_fact("boot_id", "one"));
  must(open(folder)->set_fact("boot_id", "two"));
  EXPECT_EQ(must(open(folder)->fact("boot_id")), "two");
}

TEST(SqliteJournal, RefusesTablesOfALaterSlipway) {
  const Folder folder;
  must(open(folder)->append(plain(shop(), 1)));
  change(folder, fmt::format("PRAGMA user_version={}", schema_format + 1));
  const auto opened = SqliteJournal::open(folder.file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
  EXPECT_THAT(opened.error().message,
              HasSubstr(fmt::format("written by a later Slipway (format {}); this one reads up to {}",
                                    schema_format + 1, schema_format)));
}

TEST(SqliteJournal, RefusesAStateOfALaterSlipway) {
  const Folder folder;
  must(open(folder)->append(plain(shop(), 1)));
  change(folder, fmt::format("UPDATE state SET format = {}", core::state_format + 1));
  const auto opened = SqliteJournal::open(folder.file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
  EXPECT_THAT(opened.error().message, HasSubstr("written by a later Slipway"));
}

TEST(SqliteJournal, LeavesSomebodyElsesDatabaseAlone) {
  const Folder folder;
  SQLite::Database(folder.file().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE theirs(a)");
  const auto opened = SqliteJournal::open(folder.file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::conflict);
  EXPECT_THAT(opened.error().message, HasSubstr("not a journal of Slipway's"));
}

TEST(SqliteJournal, SaysThatAFileIsNoDatabase) {
  const Folder folder;
  std::FILE* file = std::fopen(folder.file().c_str(), "w");
  std::fputs(std::string(8192, 'x').c_str(), file);
  std::fclose(file);
  const auto opened = SqliteJournal::open(folder.file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::internal);
  EXPECT_THAT(opened.error().message, HasSubstr("file is not a database"));
}

TEST(SqliteJournal, SaysThatItsFolderIsMissing) {
  const Folder folder;
  const auto opened = SqliteJournal::open(folder.path() / "no" / "journal.db");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(opened.error().message, HasSubstr("No such file or directory"));
}

TEST(SqliteJournal, IsReadableByItsOwnerAlone) {
  const Folder folder;
  const auto journal = open(folder);
  must(journal->append(plain(shop(), 1)));
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    struct stat found{};
    ASSERT_EQ(stat((folder.file().string() + suffix).c_str(), &found), 0) << suffix;
    EXPECT_EQ(found.st_mode & 0777, 0600U) << suffix;
  }
}

TEST(SqliteJournal, NamesTargetAndTableOfARowThatCannotBeRead) {
  for (const auto* body :
       {"{not JSON", "[1, 2]", R"({"deployments":"many"})", "", R"({"stable":{"pool":"c"}})"}) {
    const Folder folder;
    must(open(folder)->append(plain(shop(), 1)));
    change(folder, fmt::format("UPDATE state SET body = '{}'", body));
    const auto recovered = open(folder)->recover();
    ASSERT_FALSE(recovered) << body;
    EXPECT_EQ(recovered.error().kind, ErrorKind::internal);
    EXPECT_THAT(recovered.error().message, HasSubstr("shop/production in table state")) << body;
  }
}

TEST(SqliteJournal, NamesTheEventThatCannotBeRead) {
  const Folder folder;
  must(open(folder)->append(plain(shop(), 1)));
  change(folder, R"(UPDATE event SET body = '{"kind":"from the future"}')");
  const auto events = open(folder)->events(shop());
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().kind, ErrorKind::internal);
  EXPECT_THAT(events.error().message, HasSubstr("shop/production#1 in table event"));
}

TEST(SqliteJournal, WithAThousandFinishedDeploymentsIsReadyAtOnce) {
  // In memory where there is such a folder: writing 4,000 events durably isn't what is measured.
  const Folder folder(std::filesystem::exists("/dev/shm") ? "/dev/shm"
                                                          : std::filesystem::temp_directory_path());
  const auto journal = open(folder);
  for (int i = 0; i < 1000; ++i) {
    for (int j = 1; j <= 4; ++j) {
      const std::int64_t number = i * 4 + j;
      auto transaction = plain(shop(), number);
      transaction.state = rich_state(number);
      transaction.state.deployment.reset();
      if (j == 1) transaction.event = deploy();
      if (j == 4) transaction.closes = core::EffectId{shop(), number - 1, 0};
      if (j == 3) transaction.effects = {stop_effect(shop(), number, 0)};
      transaction.records = {
          record(i + 1, j == 4 ? core::OutcomeKind::promoted : core::OutcomeKind::under_way)};
      transaction.notes = {core::Note{"a step"}};
      must(journal->append(transaction));
    }
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto again = open(folder);
  const auto recovered = must(again->recover());
  const auto took = std::chrono::steady_clock::now() - begun;
  ASSERT_THAT(recovered, SizeIs(1));
  EXPECT_EQ(recovered[0].state.events, 4000);
  EXPECT_THAT(recovered[0].open, IsEmpty());
  EXPECT_LT(took, std::chrono::milliseconds(500));
  EXPECT_LT(std::filesystem::file_size(folder.file().string() + "-wal"), 9U << 20);
}

}  // namespace
}  // namespace slipway::journal
