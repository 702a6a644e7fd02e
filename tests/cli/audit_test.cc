#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "fake_daemon.h"
#include "journal/sqlite_journal.h"
#include "place.h"

namespace slipway {
namespace {

using test::Asked;
using test::FakeDaemon;
using test::Place;
using test::Said;
using test::Typed;
using ::testing::HasSubstr;

const Json row{{"number", 12},
               {"time", 1'763'906'403'000},
               {"target", "shop/production"},
               {"event", nullptr},
               {"by", "eve"},
               {"origin", "unix socket, uid 7, pid 8"},
               {"command", "deploy"},
               {"subject", "1.4.2"},
               {"reason", "why not"},
               {"accepted", false},
               {"message", "eve lacks the right \"deploy\""},
               {"deployment", nullptr},
               {"hash", std::string(64, 'a')}};

Said two_answers(const Asked& asked) {
  EXPECT_THAT(asked.path, HasSubstr("/api/v1/audit?limit="));
  return {200, Json{{"rows", Json::array({row})}, {"head", {{"count", 12}, {"hash", "aa"}}}}.dump()};
}

TEST(Audit, ShowsWhoDidWhatFromWhereWhyAndWhatCameOfIt) {
  const Place place;
  const FakeDaemon daemon(place.data(), two_answers);
  const Typed typed = place.type({"audit", "--environment", "shop/production", "--limit", "3"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_EQ(typed.out,
            "12  2025-11-23 14:00:03  eve (unix socket, uid 7, pid 8)\n"
            "    deploy shop/production: 1.4.2\n"
            "    reason: why not\n"
            "    refused: eve lacks the right \"deploy\"\n");
  EXPECT_EQ(daemon.asked().at(0).path, "/api/v1/audit?limit=3&environment=shop%2Fproduction");
}

TEST(Audit, PrintsTheAnswerAsJson) {
  const Place place;
  const FakeDaemon daemon(place.data(), two_answers);
  const Typed typed = place.type({"audit", "--json"});
  EXPECT_EQ(parse_json(typed.out)->at("rows").at(0), row);
}

// Three rows, with no daemon.
class AuditVerify : public testing::Test {
 protected:
  AuditVerify() {
    const auto journal = *journal::SqliteJournal::open(place_.data() / "journal.db");
    EXPECT_TRUE(journal->resume_audit(Time{}));
    for (const std::string by : {"ann", "bob", "carol"})
      EXPECT_TRUE(journal->audit({.by = by, .command = "deploy", .message = "no"}));
    head_ = journal->audit_head().hash;
  }
  void tamper(const std::string& sql) const {
    SQLite::Database database((place_.data() / "journal.db").string(), SQLite::OPEN_READWRITE);
    database.exec("DROP TRIGGER audit_update; DROP TRIGGER audit_delete; " + sql);
  }

  Place place_;
  std::string head_;
};

TEST_F(AuditVerify, PrintsTheCountAndTheHeadOfAWholeTrail) {
  const Typed typed = place_.type({"audit", "verify"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_THAT(typed.out, HasSubstr("whole: 3 rows, head " + head_));
  EXPECT_EQ(place_.type({"audit", "verify", "--head", head_, "--data", place_.data()}).code, 0);
}

TEST_F(AuditVerify, NamesTheFirstBadRowAndWhatToDo) {
  tamper("UPDATE audit SET by = 'ann' WHERE number = 2");
  const Typed typed = place_.type({"audit", "verify"});
  EXPECT_EQ(typed.code, 4);
  EXPECT_THAT(typed.err, HasSubstr("row 2: it isn't as it was written"));
  EXPECT_THAT(typed.err, HasSubstr("compare them with a backup"));
  EXPECT_EQ(parse_json(place_.type({"audit", "verify", "--json"}).err)->at("row"), 2);
}

TEST_F(AuditVerify, FindsACutOffTail) {
  tamper("DELETE FROM audit WHERE number = 3");
  EXPECT_EQ(place_.type({"audit", "verify"}).code, 4);
}

TEST_F(AuditVerify, FindsThatAHashNotedBeforeIsGone) {
  EXPECT_EQ(place_.type({"audit", "verify", "--head", std::string(64, 'a')}).code, 4);
}

TEST_F(AuditVerify, TakesNoHashThatIsNone) {
  const Typed typed = place_.type({"audit", "verify", "--head", "abc"});
  EXPECT_EQ(typed.code, 2);
  EXPECT_THAT(typed.err, HasSubstr("64 lowercase hexadecimal digits"));
}

TEST(AuditVerifyElsewhere, SaysThatThereIsNoJournal) {
  const Place place;
  const Typed typed = place.type({"audit", "verify"});
  EXPECT_EQ(typed.code, 2);
  EXPECT_THAT(typed.err, HasSubstr("there is no journal"));
}

TEST(Serve, TakesAUsersFile) {
  const Place place;
  EXPECT_EQ(place.type({"serve", "--users", "/etc/slipway/users.yaml"}).code, 0);
  EXPECT_EQ(place.served->users, "/etc/slipway/users.yaml");
  EXPECT_EQ(place.type({"serve"}).code, 0);
  EXPECT_FALSE(place.served->users);
}

}  // namespace
}  // namespace slipway
