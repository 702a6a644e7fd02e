#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/data_directory.h"
#include "place.h"

namespace slipway {
namespace {

using test::Place;
using ::testing::HasSubstr;

struct Case {
  std::vector<std::string> words;
  int code;
  std::string says;
};

TEST(CommandLine, IsAnsweredWithTheRightCodeAndWords) {
  const std::vector<Case> cases{
      {{}, 2, "which command?"},
      {{"--help"}, 0, "Exit codes: 0 done"},
      {{"--version"}, 0, "slipway 0.0.1"},
      {{"deploy", "--help"}, 0, "Usage: slipway deploy"},
      {{"deplyo"}, 2, "deplyo"},
      {{"deploy", "production"}, 2, "--version is required"},
      {{"deploy", "--version", "1"}, 2, "ENV is required"},
      {{"deploy", "production", "--version", "1", "--wait", "--detach"}, 2, "--wait excludes --detach"},
      {{"deploy", "production", "--version", "1"}, 2, "there is no slipway.yaml"},
      {{"abort"}, 2, "ENV is required"},
      {{"promote"}, 2, "ENV is required"},
      {{"promote", "production", "--wait", "--detach"}, 2, "--wait excludes --detach"},
      {{"pause"}, 2, "ENV is required"},
      {{"pause", "production", "--wait"}, 2, "--wait"},
      {{"resume"}, 2, "ENV is required"},
      {{"resume", "shop/production"}, 5, "no daemon answers at "},
      {{"plan", "production"}, 2, "--version is required"},
      {{"plan", "production", "--version", "1"}, 2, "there is no slipway.yaml"},
      {{"status", "--watch"}, 5, "no daemon answers at "},
      {{"status", "shop/production", "--watch", "--json"}, 5, "\"kind\": \"unavailable\""},
      {{"abort", "/"}, 2, "names no environment"},
      {{"abort", "a/b/c"}, 2, "names no environment"},
      {{"rollback", "production", "zero"},
       2,
       "slipway: REVISION must be a whole number; slipway releases ENV"},
      {{"rollback", "production", "0"}, 2, "REVISION must be"},
      {{"rollback", "production", "zero", "--json"}, 2, "\"detail\": \"REVISION must be"},
      {{"--json"}, 2, "\"detail\": \"which command?"},
      {{"history", "production", "--limit", "0"}, 2, "--limit"},
      {{"logs", "production", "--lines", "-1"}, 2, "--lines"},
      {{"logs", "production", "--lines", "10001"}, 2, "--lines"},
      {{"status", "production", "-f", "none.yaml"}, 2, "none.yaml"},
      {{"validate", "/tmp"}, 2, "/tmp is a directory: name a file, such as /tmp/slipway.yaml"},
      {{"validate", "none.yaml"}, 2, "there is no none.yaml"},
      {{"validate", "-f", "none.yaml"}, 2, "there is no none.yaml"},
      {{"validate", "a.yaml", "-f", "b.yaml"}, 2, "excludes"},
      {{"status"}, 5, "start one with: slipway serve --data "},
      {{"status", "shop/production"}, 5, "no daemon answers at "},
      {{"releases", "shop/production", "--json"}, 5, "\"kind\": \"unavailable\""},
  };
  for (const Case& each : cases) {
    const Place place;
    const test::Typed typed = place.type(each.words);
    EXPECT_EQ(typed.code, each.code) << ::testing::PrintToString(each.words) << typed.err;
    EXPECT_THAT(each.code == 0 ? typed.out : typed.err, HasSubstr(each.says))
        << ::testing::PrintToString(each.words);
    EXPECT_EQ(each.code == 0 ? typed.err : typed.out, "") << ::testing::PrintToString(each.words);
  }
}

TEST(CommandLine, InitWritesAConfigurationThatIsFineAndNeverOverwritesOne) {
  const Place place;
  EXPECT_EQ(place.type({"init", "shop"}).code, 0);
  const test::Typed fine = place.type({"validate"});
  EXPECT_EQ(fine.code, 0) << fine.err;
  EXPECT_THAT(fine.out, HasSubstr("slipway.yaml: fine: service shop, environments "));
  place.write("slipway.yaml", "mine");
  EXPECT_EQ(place.type({"init"}).code, 2);
  EXPECT_EQ(place.read("slipway.yaml"), "mine");
}

TEST(CommandLine, ABrokenConfigurationIsShownWithItsPlacesBeforeTheDaemonIsAsked) {
  const Place place;
  place.write("slipway.yaml", "service: {name: shop}\nrnu: {}\n");
  for (const auto& words :
       {std::vector<std::string>{"validate"}, {"deploy", "production", "--version", "1"}}) {
    const test::Typed typed = place.type(words);
    EXPECT_EQ(typed.code, 2);
    EXPECT_THAT(typed.err, HasSubstr("slipway.yaml:2:1: "));
  }
  EXPECT_THAT(place.type({"validate", "--json"}).err, HasSubstr("\"problems\": ["));
}

TEST(CommandLine, ServeIsGivenWhatWasTyped) {
  const Place place;
  EXPECT_EQ(
      place.type({"serve", "--data", "here", "--run-as", "www", "--haproxy", "/h", "--boot-id-file", "/b"})
          .code,
      0);
  ASSERT_TRUE(place.served);
  EXPECT_EQ(place.served->data, place.root() / "here");
  EXPECT_EQ(place.served->run_as, "www");
  EXPECT_EQ(place.served->haproxy, "/h");
  EXPECT_EQ(place.served->boot_id_file, "/b");
}

TEST(DataDirectory, IsTheFirstOfFlagVariableAndTheUsersUsualPlace) {
  cli::Surroundings around;
  around.directory = "/cwd";
  around.user = 0;
  EXPECT_EQ(*cli::data_directory("", around), "/var/lib/slipway");
  around.user = 1000;
  EXPECT_EQ(cli::data_directory("", around).error().exit, cli::Exit::usage);
  around.environment["HOME"] = "/home/a";
  EXPECT_EQ(*cli::data_directory("", around), "/home/a/.local/state/slipway");
  around.environment["XDG_STATE_HOME"] = "/state";
  EXPECT_EQ(*cli::data_directory("", around), "/state/slipway");
  around.environment["SLIPWAY_DATA"] = "/variable/";
  EXPECT_EQ(*cli::data_directory("", around), "/variable");
  EXPECT_EQ(*cli::data_directory("x/../flag", around), "/cwd/flag");
}

}  // namespace
}  // namespace slipway
