#include "e2e/gates_world.h"
#include "e2e/receiver.h"

// From one environment to the next on a real daemon: what it was made from goes along, and what hasn't
// succeeded doesn't.
namespace slipway::e2e {
namespace {

class Promotion : public GatesWorld {
 protected:
  std::string git(std::vector<std::string> words) const {
    words.insert(words.begin(), {"git", "-c", "init.defaultBranch=main", "-c", "user.name=Ann", "-c",
                                 "user.email=ann@example.org"});
    const Ran ran = test::run({words, {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1"}, root()});
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.out.substr(0, ran.out.find('\n'));
  }
  std::string commit(const std::string& subject) const {
    git({"add", "shop.yaml"});
    git({"commit", "--quiet", "--allow-empty", "-m", subject});
    return git({"rev-parse", "HEAD"});
  }
  Ran promote_from_staging(const std::string& command, const std::string& environment,
                           std::vector<std::string> more = {}) const {
    std::vector<std::string> words{command, environment, "--from", "staging", "-f", "shop.yaml"};
    words.insert(words.end(), more.begin(), more.end());
    return slipway(words);
  }
};

TEST_F(Promotion, TakesAlongWhatItWasMadeFromAndTellsWhatChanged) {
  Receiver receiver(Receiver::Mood::takes);
  configure({.places = {{"staging"}, {"production", {"after: [staging]"}}},
             .notifications = {fmt::format("{{webhook: \"{}\"}}", receiver.url())}});
  git({"init", "--quiet"});
  const std::string first = commit("Begin");
  start_daemon_for_everybody();
  bring("1.0.0", {"staging"});
  ASSERT_TRUE(done(promote_from_staging("deploy", "production", {"--wait"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(view("production")["stable"]["commit"], first);
  EXPECT_EQ(view("production")["stable"]["branch"], "main");

  const std::string second = commit("Mend the cart");
  bring("1.1.0", {"staging"});
  commit("Not built yet");
  const Ran plan = promote_from_staging("plan", "production");
  EXPECT_TRUE(done(plan));
  EXPECT_NE(plan.out.find("made from      commit " + second.substr(0, 10) + " on main; since 1.0.0:\n"),
            std::string::npos)
      << plan.out;
  EXPECT_NE(plan.out.find(" Mend the cart\n"), std::string::npos) << plan.out;
  ASSERT_TRUE(done(promote_from_staging("deploy", "production", {"--wait"})));
  ASSERT_TRUE(ends("production"));
  EXPECT_EQ(view("production")["stable"]["commit"], second);
  const std::string shown = timeline("production", 2);
  EXPECT_NE(shown.find("made from commit " + second.substr(0, 10) + " on main\n"), std::string::npos)
      << shown;
  EXPECT_EQ(shown.find("Not built yet"), std::string::npos) << shown;
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return receiver.told_of(2).size() == 2; }));
  for (const Json& letter : receiver.letters())
    if (letter["deployment"] == 2 && letter["environment"] == "production") {
      ASSERT_EQ(letter["changes"].size(), 1U) << letter.dump(2);
      EXPECT_TRUE(letter["changes"][0].get<std::string>().ends_with(" Mend the cart"));
    }
}

TEST_F(Promotion, OfWhatStillBakesOrWasRolledBackFromIsRefused) {
  configure({.places = {{"staging"}, {"production", {"after: [staging]"}}}});
  start_daemon_for_everybody();
  bring("1.0.0", {"staging"});
  bring("1.1.0", {"staging"});
  ASSERT_TRUE(done(promote_from_staging("plan", "production")));
  ASSERT_TRUE(done(slipway({"rollback", "staging", "--reason", "it leaks", "--wait"})));
  ASSERT_TRUE(ends("staging"));
  EXPECT_TRUE(refused(deploy_to("production", "1.1.0"),
                      "did not stay there (deployment 3: back to 1.0.0 by root: it leaks)"));

  std::ifstream file(root() / "shop.yaml");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.replace(text.find("bake: 200ms"), 11, "bake: 10m");
  std::ofstream(root() / "shop.yaml") << text;
  ASSERT_TRUE(done(deploy_to("staging", "1.2.0", {"--wait"})));
  EXPECT_TRUE(comes_to_stage("staging", "bake"));
  EXPECT_TRUE(refused(promote_from_staging("deploy", "production"), "1.2.0 still bakes in staging, until "));
  EXPECT_TRUE(refused(promote_from_staging("plan", "production"), "1.2.0 still bakes in staging, until "));
  EXPECT_TRUE(refused(deploy_to("production", "1.2.0"), "still bakes there until "));
  const Json production = view("production");
  EXPECT_TRUE(production.is_null() || (production["deployment"].is_null() && production["stable"].is_null()))
      << "something was begun there: " << production.dump(2);
}

}  // namespace
}  // namespace slipway::e2e
