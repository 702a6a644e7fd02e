#include "e2e/gates_world.h"

// Who may say yes, how often, until when, and what a killed daemon makes of it. Several people need root.
namespace slipway::e2e {
namespace {

constexpr uid_t ann = 61'001, bob = 61'002, eve = 61'003, guest = 61'004;

class Approvals : public GatesWorld {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can speak as several users of the system";
    std::filesystem::create_directories(data());
    std::ofstream(data() / "users.yaml") << "roles:\n"
                                            "  developer: [deploy]\n"
                                            "  operator: [all]\n"
                                            "users:\n"
                                            "  root: [operator]\n"
                                            "  61001: [operator]\n"
                                            "  61002: [operator]\n"
                                            "  61003: [operator]\n"
                                            "  61004: [developer]\n";
  }
  // Ann asks for it; it waits for others.
  void ask(const std::string& environment, const std::string& version) {
    artifact(version);
    const Ran ran = slipway_as(ann, deployment(environment, version));
    ASSERT_TRUE(done(ran));
  }
  Json approvals(const std::string& environment) const {
    return view(environment)["deployment"]["gates"]["approvals"];
  }
  // Lets so much of real time pass: that nothing comes to an end without a daemon can't be seen otherwise.
  static void pass(std::chrono::milliseconds time) {
    const auto from = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually(time * 2, [&] { return std::chrono::steady_clock::now() - from >= time; }));
  }
};

TEST_F(Approvals, AreOfOthersThanTheAuthorOnceEachAndOutliveTheDaemon) {
  configure({.places = {{"production", {"approvals: 2"}}}});
  start_daemon_for_everybody();
  ask("production", "1.0.0");
  ASSERT_TRUE(comes_to_stage("production", "approval"));
  EXPECT_TRUE(refused(slipway_as(ann, {"approve", "production"}),
                      "uid 61001 asked for 1.0.0 and can't approve it: somebody else must"));
  EXPECT_TRUE(refused(slipway_as(guest, {"approve", "production"}), "uid 61004 lacks the right \"approve\""));
  EXPECT_TRUE(done(slipway_as(bob, {"approve", "production", "--note", "read it"})));
  EXPECT_TRUE(refused(slipway_as(bob, {"approve", "production"}), "uid 61002 has approved 1.0.0 already"));

  kill_daemon();
  start_daemon_for_everybody();
  EXPECT_EQ(stage_of("production"), "approval");
  ASSERT_EQ(approvals("production").size(), 1U);
  EXPECT_EQ(approvals("production")[0]["by"], "uid 61002");
  EXPECT_TRUE(refused(slipway_as(bob, {"approve", "production"}), "uid 61002 has approved 1.0.0 already"));
  EXPECT_TRUE(refused(slipway_as(ann, {"approve", "production"}), "somebody else must"));
  EXPECT_TRUE(pids("shop").empty());
  EXPECT_TRUE(done(slipway_as(eve, {"approve", "production"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(outcome_at("production"), "promoted");
  EXPECT_TRUE(refused(slipway_as(eve, {"approve", "production"}), "nothing waits for an approval"));

  const Json record = view("production", "/deployments/1");
  ASSERT_EQ(record["approvals"].size(), 2U);
  EXPECT_EQ(record["by"], "uid 61001");
  EXPECT_EQ(record["approvals"][0]["reason"], "read it");
  EXPECT_EQ(record["approvals"][1]["by"], "uid 61003");
  EXPECT_NE(timeline("production", 1).find("approved by uid 61002: read it (1 of 2)"), std::string::npos);
  std::vector<std::string> said;  // oldest first
  for (const Json& row : audit_rows())
    if (row["command"] == "approve")
      said.insert(said.begin(),
                  row["by"].get<std::string>() + (row["accepted"].get<bool>() ? " yes" : " no"));
  EXPECT_EQ(said,
            (std::vector<std::string>{"uid 61001 no", "uid 61004 no", "uid 61002 yes", "uid 61002 no",
                                      "uid 61002 no", "uid 61001 no", "uid 61003 yes", "uid 61003 no"}));
  EXPECT_TRUE(done(slipway({"audit", "verify"})));
}

TEST_F(Approvals, AreWaitedForSoLongAndThenTheConfigurationSaysWhat) {
  configure({.places = {{"strict", {"approvals: {needed: 1, expires: 1s}"}},
                        {"lenient", {"approvals: {needed: 1, expires: 1s, then: proceed}"}},
                        {"killed", {"approvals: {needed: 1, expires: 3s}"}}}});
  start_daemon_for_everybody();
  ask("strict", "1.0.0");
  ask("lenient", "1.0.0");
  EXPECT_TRUE(ends("strict"));
  EXPECT_EQ(outcome_at("strict"), "aborted");
  EXPECT_EQ(cause_at("strict"), "0 of 1 needed approved within 1 s");
  EXPECT_TRUE(refused(slipway_as(bob, {"approve", "strict"}), "nothing waits for an approval"));
  EXPECT_TRUE(ends("lenient"));
  EXPECT_EQ(outcome_at("lenient"), "promoted");
  EXPECT_NE(timeline("lenient", 1).find("it goes on all the same, as it is configured"), std::string::npos);

  // What expires while no daemon is there has expired when the next one starts.
  ask("killed", "1.0.0");
  ASSERT_TRUE(comes_to_stage("killed", "approval"));
  kill_daemon();
  pass(std::chrono::milliseconds(3'100));
  start_daemon_for_everybody();
  EXPECT_TRUE(refused(slipway_as(bob, {"approve", "killed"}), "nothing waits for an approval"));
  EXPECT_EQ(outcome_at("killed"), "aborted");
  EXPECT_EQ(cause_at("killed"), "0 of 1 needed approved within 3 s");
}

TEST_F(Approvals, ADeclineEndsWhatWaitsAndUsersNoticeNothing) {
  configure({});
  start_daemon_for_everybody();
  bring("1.0.0", {"production"});
  const auto users = users_of("production");
  const std::vector<pid_t> before = pids("shop");
  configure({.places = {{"production", {"approvals: 1"}}}});
  ask("production", "1.1.0");
  ASSERT_TRUE(comes_to_stage("production", "approval"));
  EXPECT_NE(slipway_as(bob, {"decline", "production"}).status, 0) << "without a reason";
  EXPECT_TRUE(done(slipway_as(bob, {"decline", "production", "--reason", "the fair begins today"})));
  EXPECT_TRUE(ends("production"));
  EXPECT_EQ(outcome_at("production"), "aborted");
  EXPECT_EQ(cause_at("production"), "declined by uid 61002: the fair begins today");
  EXPECT_TRUE(refused(slipway_as(eve, {"approve", "production"}), "nothing waits for an approval"));
  EXPECT_EQ(pids("shop"), before);

  // What was declined may be asked for anew, and is approved anew.
  ask("production", "1.1.0");
  ASSERT_TRUE(comes_to_stage("production", "approval"));
  EXPECT_TRUE(done(slipway_as(eve, {"approve", "production"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(stable_at("production"), "1.1.0");
  EXPECT_TRUE(clean(users->stop()));
}

TEST_F(Approvals, SeveralPeopleOpenAnEmergencyWindowForWhatWaits) {
  configure({.places = {{"production", {window(120, 180), "emergency: {people: 2, longest: 1h}"}}}});
  start_daemon_for_everybody();
  artifact("1.0.0");
  EXPECT_TRUE(refused(slipway_as(ann, deployment("production", "1.0.0")), "production is closed"));
  ASSERT_TRUE(done(slipway_as(ann, deployment("production", "1.0.0", {"--at", "next-window", "--detach"}))));
  ASSERT_TRUE(comes_to_stage("production", "window"));
  const std::vector<std::string> words{"emergency", "production", "--for", "30m", "--reason", "data is lost"};
  EXPECT_TRUE(refused(slipway_as(guest, words), "uid 61004 lacks the right \"emergency\""));
  EXPECT_TRUE(done(slipway_as(ann, words)));
  EXPECT_TRUE(refused(slipway_as(ann, words), "uid 61001 has asked for it already"));
  EXPECT_EQ(stage_of("production"), "window");
  EXPECT_TRUE(pids("shop").empty());
  EXPECT_TRUE(done(slipway_as(bob, words)));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(stable_at("production"), "1.0.0");
  EXPECT_NE(timeline("production", 1).find("opened by uid 61002: data is lost"), std::string::npos)
      << timeline("production", 1);
}

}  // namespace
}  // namespace slipway::e2e
