#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "fake_daemon.h"
#include "fixtures.h"
#include "place.h"

// What is taken along from another environment, and how it is to pass the gates.
namespace slipway {
namespace {

using test::Asked;
using test::before_noon;
using test::FakeDaemon;
using test::Place;
using test::Said;
using ::testing::HasSubstr;

class Promotion : public testing::Test {
 protected:
  Promotion() { place.type({"init", "shop"}); }

  // Deployment 3 of 1.1.0, promoted and still under way, for which `more` holds.
  static Json baking(const Json& more) {
    Json target{{"stable", {{"version", "1.1.0"}, {"deployment", 3}}},
                {"deployment",
                 {{"number", 3},
                  {"kind", "deploy"},
                  {"release", {{"version", "1.1.0"}}},
                  {"promoted", before_noon(60)},
                  {"undoing", false},
                  {"paused", nullptr},
                  {"ends", before_noon(-720)}}}};
    target.merge_patch(more);
    return target;
  }
  void type(std::vector<std::string> words, const Json& staging) {
    FakeDaemon daemon(place.data(), [&](const Asked& asked) {
      return asked.method == "POST"
                 ? Said{200,
                        R"({"deployment":null,"message":"m","answer":{"accepted":true},"release":{"digest":"d"}})"}
                 : Said{200, staging.dump()};
    });
    typed = place.type(std::move(words));
    posted = nullptr;
    for (const Asked& each : daemon.asked())
      if (each.method == "POST") posted = *parse_json(each.body);
  }
  void refuses(const Json& staging, const std::string& why) {
    for (const char* command : {"deploy", "plan"}) {
      type({command, "production", "--from", "staging"}, staging);
      EXPECT_EQ(typed.code, 3) << typed.out << typed.err;
      EXPECT_EQ(typed.err, "refused: " + why + "\n");
      EXPECT_TRUE(posted.is_null()) << "it was asked for all the same";
    }
  }

  Place place;
  test::Typed typed;
  Json posted;
};

TEST_F(Promotion, OfWhatStillBakesIsRefusedAtOnce) {
  refuses(
      baking(Json::object()),
      "1.1.0 still bakes in staging, until 2025-11-23 14:12:00 UTC (in 12 min). It has succeeded there once "
      "that is over; then: slipway deploy production --from staging");
}

TEST_F(Promotion, OfWhatIsPausedInItsBakeSaysWhatToDo) {
  refuses(baking({{"deployment", {{"ends", nullptr}, {"paused", {{"by", "ann"}}}}}}),
          "1.1.0 still bakes in staging, and its bake is paused by ann: it has succeeded there once that is "
          "over. To go on with it: slipway resume staging");
}

TEST_F(Promotion, OfWhatHasBakedAndIsNotAtItsEndYetIsRefused) {
  refuses(
      baking({{"deployment", {{"ends", before_noon(0)}}}}),
      "1.1.0 still bakes in staging, for a moment: the release before it is being retired. It has succeeded "
      "there once that is over; then: slipway deploy production --from staging");
}

TEST_F(Promotion, OfWhatIsBeingTakenBackIsRefused) {
  const std::string wait = "): wait until that has ended, or say which version you mean with --version V";
  refuses(
      baking({{"stable", {{"version", "1.0.0"}, {"deployment", 2}}}, {"deployment", {{"undoing", true}}}}),
      "1.1.0 is being taken back in staging (deployment 3" + wait);
  refuses(baking({{"deployment",
                   {{"number", 4},
                    {"kind", "rollback"},
                    {"promoted", nullptr},
                    {"release", {{"version", "1.0.0"}}}}}}),
          "1.1.0 is being taken back in staging, to 1.0.0 (deployment 4" + wait);
}

TEST_F(Promotion, OfWhatIsStableTakesNoNoticeOfACanaryBesideIt) {
  type({"deploy", "production", "--from", "staging"},
       baking({{"deployment", {{"number", 4}, {"promoted", nullptr}, {"release", {{"version", "1.2.0"}}}}}}));
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_EQ(posted["version"], "1.1.0");
}

TEST_F(Promotion, FromWhereNothingRunsIsRefused) {
  refuses({{"stable", nullptr}}, "nothing runs in staging that could be taken along");
}

TEST_F(Promotion, IsPlannedWithTheSameWords) {
  const std::vector<std::string> words{"production",  "--from",     "staging",   "--at",
                                       "next-window", "--override", "Audit",     "--override",
                                       "Backup",      "--reason",   "see SEC-12"};
  for (const char* command : {"deploy", "plan"}) {
    std::vector<std::string> line{command};
    line.insert(line.end(), words.begin(), words.end());
    type(line, {{"stable", {{"version", "1.1.0"}, {"deployment", 3}}}});
    EXPECT_EQ(typed.code, 0) << typed.err;
    posted.erase("config");
    EXPECT_EQ(posted, (Json{{"version", "1.1.0"},
                            {"at", "next-window"},
                            {"override", {"Audit", "Backup"}},
                            {"reason", "see SEC-12"}}));
  }
}

TEST_F(Promotion, ThatSetsAsideWithoutAReasonIsRefusedBeforeTheDaemonIsAsked) {
  for (const char* command : {"deploy", "plan"}) {
    type({command, "production", "--version", "1.1.0", "--override", "Audit"}, nullptr);
    EXPECT_EQ(typed.code, 2);
    EXPECT_THAT(typed.err, HasSubstr("--override: say why it is set aside, with --reason TEXT"));
    EXPECT_TRUE(posted.is_null());
  }
}

TEST_F(Promotion, NeedsAVersionOrAnEnvironmentAndNotBoth) {
  for (const char* command : {"deploy", "plan"}) {
    type({command, "production"}, nullptr);
    EXPECT_EQ(typed.code, 2);
    EXPECT_THAT(typed.err, HasSubstr("--version is required, or --from ENV"));
    for (const char* other : {"--version", "--artifact", "--commit"}) {
      type({command, "production", "--from", "staging", other, "1"}, nullptr);
      EXPECT_EQ(typed.code, 2) << other;
      EXPECT_THAT(typed.err, HasSubstr("--from")) << other;
    }
  }
}

}  // namespace
}  // namespace slipway
