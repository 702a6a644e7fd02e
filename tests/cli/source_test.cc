#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "fake_daemon.h"
#include "os/command.h"
#include "place.h"

// Where a release was made from, as deploy and plan say it.
namespace slipway {
namespace {

using test::Asked;
using test::FakeDaemon;
using test::Place;
using test::Said;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// A configuration and an artifact in a work tree.
class Source : public testing::Test {
 protected:
  Source() {
    place.type({"init", "shop"});
    place.write("app/bin", "1");
  }

  std::string git(std::vector<std::string> words) const {
    os::Command command{.argv = {"git", "-c", "init.defaultBranch=main"},
                        .env = {{"GIT_CONFIG_GLOBAL", "/dev/null"},
                                {"GIT_CONFIG_NOSYSTEM", "1"},
                                {"GIT_AUTHOR_NAME", "Ann"},
                                {"GIT_AUTHOR_EMAIL", "ann@example.org"},
                                {"GIT_COMMITTER_NAME", "Ann"},
                                {"GIT_COMMITTER_EMAIL", "ann@example.org"}},
                        .directory = place.root().string()};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    const auto ran = os::run(command);
    EXPECT_TRUE(ran && ran->ok()) << words.front() << ": " << (ran ? ran->err : ran.error().message);
    if (!ran || ran->out.empty()) return "";
    return ran->out.substr(0, ran->out.size() - 1);
  }
  std::string commit(const std::string& subject) const {
    git({"add", "slipway.yaml", "app"});
    git({"commit", "--quiet", "--allow-empty", "-m", subject});
    return git({"rev-parse", "HEAD"});
  }
  static Json running(const std::string& commit) {
    return {{"stable", {{"version", "1.0.0"}, {"deployment", 3}, {"commit", commit}}}};
  }

  // What the daemon is asked with, while production and staging are so.
  Json asked(std::vector<std::string> words, const Json& production = nullptr,
             const Json& staging = nullptr) {
    FakeDaemon daemon(place.data(), [&](const Asked& asked) -> Said {
      if (asked.method == "PUT") return {201, R"({"digest":"d1","bytes":1})"};
      if (asked.method == "POST") return {202, R"({"deployment":9,"message":"m"})"};
      const Json& there = asked.path.ends_with("/staging") ? staging : production;
      if (there.is_null()) return {404, R"({"kind":"not_found","detail":"nothing was ever deployed"})"};
      return {200, there.dump()};
    });
    typed = place.type(std::move(words));
    for (const Asked& each : daemon.asked())
      if (each.method == "POST") return *parse_json(each.body);
    return nullptr;
  }

  Place place;
  test::Typed typed;
  const std::vector<std::string> deploy{"deploy",     "production", "--version", "1.1.0",
                                        "--artifact", "app",        "--detach"};
};

TEST_F(Source, OutsideOfAWorkTreeSaysNothing) {
  const Json body = asked(deploy);
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_EQ(typed.err, "");
  for (const char* key : {"commit", "branch", "changes"}) EXPECT_FALSE(body.contains(key)) << key;
}

TEST_F(Source, BeforeTheFirstCommitSaysNothing) {
  git({"init", "--quiet"});
  EXPECT_FALSE(asked(deploy).contains("commit"));
  EXPECT_EQ(typed.code, 0) << typed.err;
}

TEST_F(Source, WithoutGitSaysNothing) {
  git({"init", "--quiet"});
  commit("Begin");
  cli::Surroundings around = place.surroundings();
  around.environment["PATH"] = place.root().string();
  FakeDaemon daemon(place.data(), [](const Asked& asked) {
    return asked.method == "PUT" ? Said{201, R"({"digest":"d1","bytes":1})"}
                                 : Said{202, R"({"deployment":9,"message":"m"})"};
  });
  EXPECT_EQ(cli::run(deploy, around), 0) << Place::all_of(around.err);
  EXPECT_FALSE(parse_json(daemon.asked().back().body)->contains("commit"));
}

TEST_F(Source, IsTheCommitTheBranchAndWhatChangedSinceStable) {
  git({"init", "--quiet"});
  const std::string first = commit("Begin");
  commit("Mend the cart");
  const std::string last = commit("Sell \"socks\"\n\nAnd more.");
  const Json body = asked(deploy, running(first));
  EXPECT_EQ(typed.out, "9\n");
  EXPECT_EQ(typed.err, "");
  EXPECT_EQ(body["commit"], last);
  EXPECT_EQ(body["branch"], "main");
  EXPECT_THAT(body["changes"].get<std::vector<std::string>>(),
              ElementsAre(EndsWith(" Sell \"socks\""), EndsWith(" Mend the cart")));
  EXPECT_TRUE(last.starts_with(body["changes"][0].get<std::string>().substr(0, 7)));
}

TEST_F(Source, OfAFirstReleaseHasNoChanges) {
  git({"init", "--quiet"});
  const std::string head = commit("Begin");
  const Json body = asked(deploy);
  EXPECT_EQ(body["commit"], head);
  EXPECT_FALSE(body.contains("changes"));
}

TEST_F(Source, WithoutABranchIsTheCommitAlone) {
  git({"init", "--quiet"});
  const std::string head = commit("Begin");
  git({"checkout", "--quiet", "--detach"});
  const Json body = asked(deploy, running(std::string(40, 'a')));  // a commit that git doesn't know
  EXPECT_EQ(body["commit"], head);
  EXPECT_FALSE(body.contains("branch"));
  EXPECT_FALSE(body.contains("changes"));
}

TEST_F(Source, OfAFolderBelowIsThatOfItsWorkTree) {
  git({"init", "--quiet"});
  const std::string head = commit("Begin");
  place.write("deep/er/slipway.yaml", place.read("slipway.yaml"));
  std::vector<std::string> words = deploy;
  words.insert(words.end(), {"-f", "deep/er/slipway.yaml"});
  EXPECT_EQ(asked(words)["commit"], head);
}

TEST_F(Source, IsOfTheFolderWhateverRepositoryTheEnvironmentNames) {
  git({"init", "--quiet"});
  const std::string head = commit("Begin");
  git({"init", "--quiet", "other"});
  cli::Surroundings around = place.surroundings();
  around.environment["GIT_DIR"] = (place.root() / "other/.git").string();
  FakeDaemon daemon(place.data(), [](const Asked& asked) {
    return asked.method == "PUT" ? Said{201, R"({"digest":"d1","bytes":1})"}
                                 : Said{202, R"({"deployment":9,"message":"m"})"};
  });
  EXPECT_EQ(cli::run(deploy, around), 0) << Place::all_of(around.err);
  EXPECT_EQ((*parse_json(daemon.asked().back().body))["commit"], head);
}

TEST_F(Source, WithChangesThatArentCommittedIsSaidInOneLine) {
  git({"init", "--quiet"});
  const std::string head = commit("Begin");
  place.write("untracked", "git doesn't know it");
  EXPECT_EQ(asked(deploy)["commit"], head);
  EXPECT_EQ(typed.err, "");
  place.write("app/bin", "2");
  EXPECT_EQ(asked(deploy)["commit"], head);
  EXPECT_EQ(typed.err, "the work tree has changes that aren't committed: 1.1.0 is said to be made from " +
                           head.substr(0, 10) + " all the same\n");
  EXPECT_EQ(typed.code, 0);
}

TEST_F(Source, TellsAHundredLinesAndHowManyMoreThereAre) {
  git({"init", "--quiet"});
  const std::string first = commit("Begin");
  for (int i = 1; i <= 100; ++i) git({"commit", "--quiet", "--allow-empty", "-m", "Change it"});
  EXPECT_EQ(asked(deploy, running(first))["changes"].size(), 100U);
  git({"commit", "--quiet", "--allow-empty", "-m", "The last one"});
  const Json changes = asked(deploy, running(first))["changes"];
  ASSERT_EQ(changes.size(), 100U);
  EXPECT_THAT(changes[0], EndsWith(" The last one"));
  EXPECT_THAT(changes[98], EndsWith(" Change it"));
  EXPECT_EQ(changes[99], "and 2 more");
}

TEST_F(Source, TakesSubjectsThatAreLongOrNoText) {
  git({"init", "--quiet"});
  const std::string first = commit("Begin");
  commit("Say \x1b[31mred\x7f");
  git({"-c", "i18n.commitEncoding=binary", "commit", "--quiet", "--allow-empty", "-m", "Caf\xe9"});
  std::string long_one;
  for (int i = 0; i < 300; ++i) long_one += "ü";
  commit(long_one);
  const Json changes = asked(deploy, running(first))["changes"];
  ASSERT_EQ(changes.size(), 3U) << typed.err;
  EXPECT_LE(changes[0].get<std::string>().size(), 210U);
  EXPECT_THAT(changes[0], EndsWith("üü…"));
  EXPECT_THAT(changes[1], HasSubstr("Caf"));
  EXPECT_THAT(changes[2], EndsWith("Say ?[31mred?"));
}

TEST_F(Source, OfAnArtifactThatWasBuiltElsewhereIsTheCommitThatIsNamed) {
  git({"init", "--quiet"});
  const std::string first = commit("Begin");
  const std::string second = commit("Mend the cart");
  commit("Not built yet");
  place.write("app/bin", "2");
  std::vector<std::string> words = deploy;
  std::string upper = second;
  std::ranges::transform(upper, upper.begin(), ::toupper);
  words.insert(words.end(), {"--commit", upper});
  const Json body = asked(words, running(first));
  EXPECT_EQ(typed.err, "");
  EXPECT_EQ(body["commit"], second);
  EXPECT_FALSE(body.contains("branch"));
  EXPECT_THAT(body["changes"].get<std::vector<std::string>>(), ElementsAre(EndsWith(" Mend the cart")));
  for (const std::string& wrong : {std::string("4f2a9c1"), std::string("main"), std::string(39, 'a'),
                                   std::string(41, 'a'), std::string(40, 'g'), std::string(64, '-')}) {
    EXPECT_TRUE(asked({"deploy", "production", "--version", "1", "--commit=" + wrong}).is_null());
    EXPECT_EQ(typed.code, 2);
    EXPECT_THAT(typed.err, HasSubstr("--commit: \"" + wrong + "\" is no commit: write all 40 (or 64)"));
  }
  EXPECT_EQ(asked({"deploy", "production", "--version", "1", "--detach", "--commit",
                   std::string(64, 'a')})["commit"],
            std::string(64, 'a'));
}

TEST_F(Source, OfAnArtifactThatWasSentBeforeIsWhatWasSaidThen) {
  git({"init", "--quiet"});
  commit("Begin");
  const Json body = asked({"deploy", "production", "--version", "1.0.0", "--detach"});
  EXPECT_FALSE(body.contains("commit")) << "what is checked out now isn't what it was made from";
}

TEST_F(Source, OfAPlanIsSentToo) {
  git({"init", "--quiet"});
  const std::string head = commit("Begin");
  const Json body = asked({"plan", "production", "--version", "1.1.0", "--artifact", "app"});
  EXPECT_EQ(body["commit"], head);
  EXPECT_EQ(body["branch"], "main");
}

TEST_F(Source, ComesAlongFromAnotherEnvironment) {
  git({"init", "--quiet"});
  const std::string first = commit("Begin");
  const std::string second = commit("Mend the cart");
  commit("Not built yet");
  place.write("app/bin", "2");
  Json staging = running(second);
  staging["stable"]["version"] = "1.1.0";
  staging["stable"]["branch"] = "cart";
  for (const std::string command : {"deploy", "plan"}) {
    std::vector<std::string> words{command, "production", "--from", "staging"};
    if (command == "deploy") words.emplace_back("--detach");
    const Json body = asked(words, running(first), staging);
    EXPECT_EQ(body["version"], "1.1.0");
    EXPECT_EQ(body["commit"], second);
    EXPECT_EQ(body["branch"], "cart");
    EXPECT_THAT(body["changes"].get<std::vector<std::string>>(), ElementsAre(EndsWith(" Mend the cart")));
    EXPECT_THAT(typed.err, Not(HasSubstr("committed")));
  }
}

}  // namespace
}  // namespace slipway
