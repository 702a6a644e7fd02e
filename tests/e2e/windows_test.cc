#include <future>

#include "calendar/moment.h"
#include "e2e/gates_world.h"

// What closes an environment: before a deployment, in the midst of one, and while it is taken back.
namespace slipway::e2e {
namespace {

using std::chrono::system_clock;

class Windows : public GatesWorld {
 protected:
  void begin(const Gated& gated) {
    configure(gated);
    start_daemon_for_everybody();
  }
  static Time now_is() { return std::chrono::floor<Duration>(system_clock::now()); }
  void say(const std::vector<std::string>& words) const { EXPECT_TRUE(done(slipway(words))); }
  void freeze(const std::string& environment, const std::string& lasts = "1h") const {
    say({"freeze", environment, "--for", lasts, "--reason", "the fair"});
  }
  bool comes_to(const std::string& environment, int weight) const {
    return eventually(Duration(20'000), [&] {
      const Json now = view(environment);
      return now.is_object() && now["weight"]["actual"] == weight;
    });
  }
  // Half of its users are on the version, and it stays so until somebody resumes it.
  void pause_at_half(const std::string& environment, const std::string& version) {
    ASSERT_TRUE(done(deploy_to(environment, version)));
    ASSERT_TRUE(comes_to(environment, 50));
    say({"pause", environment});
  }
  bool told(const std::string& environment, int number, const std::string& what) const {
    return eventually(Duration(10'000),
                      [&] { return timeline(environment, number).find(what) != std::string::npos; });
  }
  static std::vector<std::string> canary(const std::string& at_close) {
    return {"strategy: canary", "at_close: " + at_close};
  }
};

const std::vector<std::string> steps{"{weight: 50, hold: 500ms}", "{weight: 100}"};

TEST_F(Windows, AFreezeInTheMidstOfACanaryDoesAsItsConfigurationSays) {
  begin({.places = {{"finishes", canary("finish")},
                    {"holds", canary("hold")},
                    {"returns", canary("roll_back")}},
         .steps = steps});
  const std::vector<std::string> all{"finishes", "holds", "returns"};
  bring("1.0.0", all);
  std::vector<std::unique_ptr<Load>> users;
  for (const std::string& environment : all) users.push_back(users_of(environment));
  for (const std::string& environment : all) pause_at_half(environment, "1.1.0");
  for (const std::string& environment : all) freeze(environment);
  // Also what is paused goes back.
  EXPECT_TRUE(ends("returns"));
  EXPECT_EQ(outcome_at("returns"), "rolled_back");
  EXPECT_NE(cause_at("returns").find("frozen by root: the fair"), std::string::npos) << cause_at("returns");
  EXPECT_EQ(stable_at("returns"), "1.0.0");

  say({"resume", "finishes"});
  EXPECT_TRUE(ends("finishes"));
  EXPECT_EQ(stable_at("finishes"), "1.1.0");

  say({"resume", "holds"});
  EXPECT_TRUE(told("holds", 2, "holds is closed: frozen by root: the fair")) << timeline("holds", 2);
  EXPECT_EQ(view("holds")["weight"]["actual"], 50);
  // Nothing else starts either.
  EXPECT_TRUE(refused(deploy_to("finishes", "1.2.0"), "frozen by root: the fair"));
  say({"unfreeze", "holds", "1", "--reason", "it is over"});
  EXPECT_TRUE(ends("holds"));
  EXPECT_EQ(stable_at("holds"), "1.1.0");
  for (const auto& each : users) EXPECT_TRUE(clean(each->stop()));
}

TEST_F(Windows, WhatWaitsForAFreezeToEndGoesOnByItselfOnceItIsLiftedOrOver) {
  begin({.places = {{"lifted"}, {"over"}}});
  const std::vector<std::string> all{"lifted", "over"};
  bring("1.0.0", all);
  freeze("lifted");
  freeze("over", "4s");
  for (const std::string& environment : all) {
    EXPECT_TRUE(refused(deploy_to(environment, "1.1.0"), "frozen by root: the fair, until"));
    EXPECT_TRUE(view(environment)["canary"].is_null());
    ASSERT_TRUE(done(deploy_to(environment, "1.1.0", {"--at", "next-window", "--detach"})));
    ASSERT_TRUE(comes_to_stage(environment, "window"));
  }
  EXPECT_TRUE(view("lifted")["canary"].is_null());
  say({"unfreeze", "lifted", "1"});
  EXPECT_TRUE(ends("lifted"));
  EXPECT_EQ(stable_at("lifted"), "1.1.0");
  EXPECT_TRUE(ends("over"));
  EXPECT_EQ(stable_at("over"), "1.1.0");
}

TEST_F(Windows, GoingBackIsAllowedWhileItIsFrozenAndAFreezeInItsMidstDoesntStopIt) {
  begin({.places = {{"production", canary("hold")}, {"staging"}}, .steps = {"{weight: 100, hold: 10m}"}});
  bring("1.0.0", {"production", "staging"});
  bring("1.1.0", {"staging"});
  ASSERT_TRUE(done(deploy_to("production", "1.1.0")));
  ASSERT_TRUE(comes_to("production", 100));
  auto response = std::async(std::launch::async, [port = port_of("production")] {
    return test::get(port, "/slow?ms=2000", Duration(15'000));
  });
  ASSERT_TRUE(eventually(Duration(10'000), [&] {
    const Json now = view("production");
    return now.is_object() && now["users"]["canary"].is_object() && now["users"]["canary"]["in_flight"] == 1;
  })) << view("production").dump(2);
  say({"abort", "production", "--detach"});
  ASSERT_TRUE(comes_to_stage("production", "drain canary"));
  freeze("production");
  EXPECT_TRUE(ends("production"));
  EXPECT_NE(outcome_at("production"), "promoted");
  EXPECT_EQ(stable_at("production"), "1.0.0");
  const auto answer = response.get();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_NE(answer->head.find("x-version: 1.1.0"), std::string::npos) << answer->head;

  freeze("staging");
  say({"rollback", "staging", "--wait"});
  ASSERT_TRUE(ends("staging"));
  EXPECT_EQ(stable_at("staging"), "1.0.0");
}

TEST_F(Windows, ThatCloseAndOpenAtAMinuteDoAsTheirConfigurationSays) {
  const std::vector<std::string> closing{"finishes", "holds", "returns"};
  const auto with = [](std::vector<std::string> lines, const std::string& line) {
    lines.push_back(line);
    return lines;
  };
  Gated gated{.places = {{"finishes", canary("finish")},
                         {"holds", canary("hold")},
                         {"returns", canary("roll_back")},
                         {"opens"}},
              .steps = steps};
  begin(gated);
  bring("1.0.0", {"finishes", "holds", "returns", "opens"});

  // There is time for what is to be under way when the minute ends.
  const auto left =
      std::chrono::minutes(1) - system_clock::now().time_since_epoch() % std::chrono::minutes(1);
  const int minutes = left < std::chrono::seconds(8) ? 2 : 1;
  const Time turn = std::chrono::floor<std::chrono::minutes>(now_is()) + std::chrono::minutes(minutes);
  const std::string until = window(-60, minutes), from = window(minutes, 60);
  for (Place& place : gated.places) place.lines = with(place.lines, place.name == "opens" ? from : until);
  configure(gated);
  std::vector<std::unique_ptr<Load>> users;
  for (const Place& place : gated.places) users.push_back(users_of(place.name));
  for (const std::string& environment : closing) pause_at_half(environment, "1.1.0");
  EXPECT_TRUE(refused(deploy_to("opens", "1.1.0"), "opens is closed"));
  EXPECT_TRUE(refused(deploy_to("opens", "1.1.0"), "next slot " + calendar::format_moment(turn)));
  ASSERT_TRUE(done(deploy_to("opens", "1.1.0", {"--at", "next-window", "--detach"})));
  ASSERT_TRUE(comes_to_stage("opens", "window"));
  EXPECT_TRUE(told("opens", 2, "1.1.0 waits until " + calendar::format_moment(turn))) << timeline("opens", 2);
  kill_daemon();
  start_daemon_for_everybody();
  EXPECT_EQ(stage_of("opens"), "window");
  ASSERT_LT(now_is(), turn) << "too slow: the minute was over before anything was seen";

  EXPECT_TRUE(ends("returns", Duration(75'000)));
  EXPECT_GE(now_is(), turn);
  EXPECT_EQ(outcome_at("returns"), "rolled_back");
  EXPECT_NE(cause_at("returns").find("returns closed while it was under way"), std::string::npos)
      << cause_at("returns");
  EXPECT_TRUE(ends("opens"));
  EXPECT_EQ(stable_at("opens"), "1.1.0");
  EXPECT_GE(view("opens")["last"]["promoted"].get<Time>(), turn);

  say({"resume", "finishes"});
  EXPECT_TRUE(ends("finishes"));
  EXPECT_EQ(stable_at("finishes"), "1.1.0");
  EXPECT_TRUE(refused(deploy_to("finishes", "1.2.0"), "finishes is closed"));

  say({"resume", "holds"});
  EXPECT_TRUE(told("holds", 2, "nobody is moved forward until")) << timeline("holds", 2);
  EXPECT_EQ(view("holds")["weight"]["actual"], 50);
  say({"emergency", "holds", "--for", "10m", "--reason", "half of the users wait"});
  EXPECT_TRUE(ends("holds"));
  EXPECT_EQ(stable_at("holds"), "1.1.0");
  for (const auto& each : users) EXPECT_TRUE(clean(each->stop()));
}

}  // namespace
}  // namespace slipway::e2e
