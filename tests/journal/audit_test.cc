#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <fstream>

#include "base/digest.h"
#include "journal/audit_check.h"
#include "journal/schema.h"
#include "journal/transactions.h"

namespace slipway::journal {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// As somebody would who wants to hide something: what keeps them from it in SQL is gone first.
void tamper(const Folder& folder, const std::string& sql) {
  SQLite::Database database(folder.file().string(), SQLite::OPEN_READWRITE);
  database.exec("DROP TRIGGER IF EXISTS audit_update; DROP TRIGGER IF EXISTS audit_delete");
  database.exec(sql);
}

runner::Transaction pause(std::int64_t number, const std::string& by) {
  runner::Transaction transaction = plain(shop(), number);
  transaction.event = core::PauseRequested{by, "lunch"};
  transaction.reply = {true, "paused", 7};
  transaction.origin = "unix socket, uid 1000, pid 12";
  return transaction;
}

// Five rows by ada, 1 to 5.
class AuditTrail : public testing::Test {
 protected:
  AuditTrail() {
    const auto journal = open(folder_);
    EXPECT_TRUE(journal->resume_audit(at(0)));
    for (std::int64_t number = 1; number <= 5; ++number) EXPECT_TRUE(journal->append(pause(number, "ada")));
    head_ = journal->audit_head();
  }
  AuditReport check(const std::optional<std::string>& known = {}) const {
    return must(check_audit(folder_.file(), known));
  }
  std::int64_t bad_row() const {
    const AuditReport report = check();
    return report.fault ? report.fault->row : 0;
  }

  Folder folder_;
  AuditHead head_;
};

TEST_F(AuditTrail, IsWholeAsItWasWritten) {
  const AuditReport report = check();
  EXPECT_FALSE(report.fault) << report.fault->what;
  EXPECT_EQ(report.head, head_);
  EXPECT_EQ(report.head.count, 5);
}

TEST_F(AuditTrail, TellsWhoDidWhatFromWhereWhyAndWhatCameOfIt) {
  const auto rows = must(open(folder_)->audit_rows("", 10));
  ASSERT_THAT(rows, SizeIs(5));
  const runner::AuditEntry& last = rows.front().entry;
  EXPECT_EQ(last.by, "ada");
  EXPECT_EQ(last.origin, "unix socket, uid 1000, pid 12");
  EXPECT_EQ(last.command, "pause");
  EXPECT_EQ(last.target, "shop/production");
  EXPECT_EQ(last.event, 5);
  EXPECT_EQ(last.time, at(5));
  EXPECT_EQ(last.reason, "lunch");
  EXPECT_EQ(last.message, "paused");
  EXPECT_EQ(last.deployment, 7);
  EXPECT_TRUE(last.accepted);
}

TEST_F(AuditTrail, FindsEachFieldThatWasChanged) {
  for (const std::string& set : std::vector<std::string>{
           "time = time + 1", "target = 'shop/staging'", "event = 9", "by = 'eve'", "origin = ''",
           "command = 'resume'", "subject = 'x'", "reason = 'dinner'", "accepted = 0", "message = ''",
           "deployment = 8", "hash = '" + std::string(64, 'a') + "'"}) {
    tamper(folder_,
           "CREATE TABLE kept AS SELECT * FROM audit; UPDATE audit SET " + set + " WHERE number = 3");
    EXPECT_EQ(bad_row(), 3) << set;
    tamper(folder_, "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept");
    EXPECT_EQ(bad_row(), 0) << set;
  }
}

TEST_F(AuditTrail, FindsTextThatWasMovedFromOneFieldToTheNext) {
  tamper(folder_, "UPDATE audit SET subject = 'lun', reason = 'ch' WHERE number = 2");
  EXPECT_EQ(bad_row(), 2);
}

TEST_F(AuditTrail, FindsARowThatWasRemoved) {
  tamper(folder_, "DELETE FROM audit WHERE number = 2");
  const AuditReport report = check();
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->row, 2);
  EXPECT_THAT(report.fault->what, HasSubstr("missing"));
}

TEST_F(AuditTrail, FindsARowThatWasRemovedAndTheGapClosed) {
  tamper(folder_,
         "DELETE FROM audit WHERE number = 2; UPDATE audit SET number = number - 1 WHERE number > 2");
  EXPECT_EQ(bad_row(), 2);
}

TEST_F(AuditTrail, FindsTheFirstRowsRemoved) {
  tamper(folder_, "DELETE FROM audit WHERE number <= 2");
  EXPECT_EQ(bad_row(), 1);
}

TEST_F(AuditTrail, FindsTwoRowsThatWereSwapped) {
  tamper(folder_,
         "UPDATE audit SET number = 99 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 4; "
         "UPDATE audit SET number = 4 WHERE number = 99");
  EXPECT_EQ(bad_row(), 2);
}

TEST_F(AuditTrail, FindsARowPutInBetween) {
  tamper(
      folder_,
      "UPDATE audit SET number = -number - 1 WHERE number >= 3; UPDATE audit SET number = -number WHERE "
      "number < 0; "
      "INSERT INTO audit SELECT 3, time, target, event, 'eve', origin, command, subject, reason, accepted, "
      "message, deployment, hash FROM audit WHERE number = 2");
  EXPECT_EQ(bad_row(), 3);
}

TEST_F(AuditTrail, FindsARowPutAtTheEnd) {
  tamper(folder_,
         "INSERT INTO audit SELECT 6, time, target, event, by, origin, command, subject, reason, accepted, "
         "message, "
         "deployment, hash FROM audit WHERE number = 5");
  EXPECT_EQ(bad_row(), 6);
}

TEST_F(AuditTrail, FindsATailThatWasCutOff) {
  tamper(folder_, "DELETE FROM audit WHERE number >= 4");
  const AuditReport report = check();
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->row, 4);
  EXPECT_THAT(report.fault->what, HasSubstr("rows 4 to 5 are missing from the end"));
}

TEST_F(AuditTrail, FindsAllRowsGone) {
  tamper(folder_, "DELETE FROM audit");
  EXPECT_EQ(bad_row(), 1);
}

TEST_F(AuditTrail, FindsATailWrittenAnewWithGoodHashes) {
  const auto rows = must(open(folder_)->audit_rows("", 10));
  runner::AuditEntry forged = rows.front().entry;
  forged.by = "eve";
  tamper(folder_, fmt::format("UPDATE audit SET by = 'eve', hash = '{}' WHERE number = 5",
                              hash_of(rows.at(1).hash, 5, forged)));
  EXPECT_EQ(bad_row(), 5);
}

TEST_F(AuditTrail, FindsThatAHashNotedBeforeIsNoLongerThere) {
  EXPECT_FALSE(check(head_.hash).fault);
  EXPECT_TRUE(check(std::string(64, 'a')).fault);
}

TEST_F(AuditTrail, GoesOnFromAHashThatWasNotedBefore) {
  ASSERT_TRUE(open(folder_)->append(pause(6, "bob")));
  const AuditReport report = check(head_.hash);
  EXPECT_FALSE(report.fault);
  EXPECT_EQ(report.head.count, 6);
}

TEST_F(AuditTrail, SaysThatItsEndCannotBeToldWithoutTheHead) {
  std::filesystem::remove(audit_head_of(folder_.file()));
  EXPECT_EQ(bad_row(), 6);
  EXPECT_FALSE(check(head_.hash).fault) << "somebody knows a row by heart";
}

TEST_F(AuditTrail, IsFineWithAHeadThatLagsBehindTheRows) {
  std::ofstream(audit_head_of(folder_.file()))
      << "4 " << must(open(folder_)->audit_rows("", 2)).at(1).hash << "\n";
  EXPECT_EQ(bad_row(), 0);
  EXPECT_FALSE(must(open(folder_)->resume_audit(at(9))));
  EXPECT_EQ(must(read_head(to_text(head_))), head_);
}

TEST_F(AuditTrail, KeepsItInTheTrailThatItsTailWasCutOffBetweenTwoDaemons) {
  tamper(folder_, "DELETE FROM audit WHERE number >= 4");
  const auto journal = open(folder_);
  const auto broken = must(journal->resume_audit(at(100)));
  ASSERT_TRUE(broken);
  EXPECT_THAT(*broken, HasSubstr("rows 4 to 5 were missing"));
  ASSERT_TRUE(journal->append(pause(6, "ada")));
  const AuditReport report = check();
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->row, 4);
  EXPECT_EQ(report.head.count, 5);
  EXPECT_FALSE(must(open(folder_)->resume_audit(at(200)))) << "said once";
}

TEST_F(AuditTrail, FindsATailThatWasCutOffUnderARunningDaemon) {
  const auto journal = open(folder_);
  tamper(folder_, "DELETE FROM audit WHERE number = 5");
  ASSERT_TRUE(journal->append(pause(6, "ada")));
  EXPECT_EQ(bad_row(), 5);
}

TEST_F(AuditTrail, GoesOnAfterARowThatSomebodyElseAdded) {
  const auto journal = open(folder_);
  tamper(folder_,
         "INSERT INTO audit SELECT 6, time, target, event, by, origin, command, subject, reason, accepted, "
         "message, "
         "deployment, hash FROM audit WHERE number = 5");
  ASSERT_TRUE(journal->append(pause(6, "ada")));
  EXPECT_EQ(bad_row(), 6);
}

TEST_F(AuditTrail, IsNeitherChangedNorShortenedBySql) {
  SQLite::Database database(folder_.file().string(), SQLite::OPEN_READWRITE);
  EXPECT_THROW(database.exec("UPDATE audit SET by = 'eve'"), SQLite::Exception);
  EXPECT_THROW(database.exec("DELETE FROM audit"), SQLite::Exception);
}

TEST_F(AuditTrail, HoldsWhatWasRefusedBeforeItBecameAnEvent) {
  const auto journal = open(folder_);
  const runner::AuditEntry entry{.time = at(50),
                                 .target = "shop/staging",
                                 .by = "eve",
                                 .origin = "unix socket, uid 7, pid 8",
                                 .command = "deploy",
                                 .accepted = false,
                                 .message = "eve lacks the right"};
  ASSERT_TRUE(journal->audit(entry));
  EXPECT_EQ(must(journal->audit_rows("staging", 10)).at(0).entry, entry);
  EXPECT_THAT(must(journal->audit_rows("shop/staging", 10)), SizeIs(1));
  EXPECT_THAT(must(journal->audit_rows("production", 3)), SizeIs(3));
  EXPECT_THAT(must(journal->audit_rows("duction", 10)), IsEmpty());
  EXPECT_EQ(bad_row(), 0);
}

TEST_F(AuditTrail, HasNoRowOfAnEventThatNobodyAskedFor) {
  ASSERT_TRUE(open(folder_)->append(plain(shop(), 6)));
  EXPECT_EQ(check().head, head_);
}

TEST(Audit, BeginsInAJournalOfBefore) {
  const Folder folder;
  {
    ASSERT_TRUE(open(folder)->append(pause(1, "ada")));
  }
  tamper(folder, "DROP TABLE audit; PRAGMA user_version=1");
  std::filesystem::remove(audit_head_of(folder.file()));
  const auto none = check_audit(folder.file(), {});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("has no audit trail"));

  const auto journal = open(folder);
  EXPECT_FALSE(must(journal->resume_audit(at(2))));
  ASSERT_TRUE(journal->append(pause(2, "ada")));
  const AuditReport report = must(check_audit(folder.file(), {}));
  EXPECT_FALSE(report.fault);
  EXPECT_EQ(report.head.count, 1);
}

// As docs/audit.md has it, for whoever checks it with other tools.
TEST(Audit, HashesTheFieldsEachWithItsLength) {
  const runner::AuditEntry entry{.time = Time(Duration(1'790'000'000'000)),
                                 .target = "shop/production",
                                 .event = 5,
                                 .by = "ada",
                                 .command = "pause",
                                 .reason = "lunch: 日本",
                                 .accepted = true,
                                 .deployment = 7};
  EXPECT_EQ(
      hash_of(first_hash, 1, entry),
      sha256_hex("15:slipway audit 164:" + std::string(first_hash) +
                 "1:113:179000000000015:shop/production1:53:ada0:5:pause0:13:lunch: 日本8:accepted0:1:7"));
}

}  // namespace
}  // namespace slipway::journal
