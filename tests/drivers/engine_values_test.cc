#include <gtest/gtest.h>

#include <cstdlib>

#include "drivers/engine/expand.h"
#include "drivers/engine/program_file.h"
#include "drivers/engine/secrets.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace slipway {
namespace {

using core::SecretRef;
using drivers::expand;
using Env = core::EnvironmentVariables;
using Texts = std::map<std::string, std::string>;

SecretRef in_environment(const std::string& name) {
  return {SecretRef::Source::environment, name, {}};
}
SecretRef in_file(const std::string& path) {
  return {SecretRef::Source::file, path, {}};
}
SecretRef printed(const std::string& script) {
  return {SecretRef::Source::command, "", {"sh", "-c", script}};
}

TEST(Expansion, PutsVariablesIntoTheCommandAndIntoEachOther) {
  const auto expanded =
      expand({"./server", "--port=${PORT}", "${URL}"},
             Env{{"HOST", "localhost:${PORT}"}, {"URL", "http://${HOST}/${HOST}"}}, {{"PORT", "20001"}});
  ASSERT_TRUE(expanded);
  EXPECT_EQ(expanded->command,
            (std::vector<std::string>{"./server", "--port=20001", "http://localhost:20001/localhost:20001"}));
  EXPECT_EQ(expanded->env, (Texts{{"HOST", "localhost:20001"},
                                  {"PORT", "20001"},
                                  {"URL", "http://localhost:20001/localhost:20001"}}));
}

TEST(Expansion, LeavesOtherDollarsAlone) {
  const auto expanded = expand({"$HOME $$ $5 $${PORT} $"}, Env{{"A", "a$"}, {"B", "${A}${A}"}}, {});
  ASSERT_TRUE(expanded);
  EXPECT_EQ(expanded->command.front(), "$HOME $ $5 ${PORT} $");
  EXPECT_EQ(expanded->env.at("B"), "a$a$");
}

TEST(Expansion, LetsWhatIsGivenWin) {
  EXPECT_EQ(expand({}, Env{{"PORT", "80"}, {"P", "${PORT}"}}, {{"PORT", "20001"}})->env,
            (Texts{{"P", "20001"}, {"PORT", "20001"}}));
}

TEST(Expansion, RefusesWhatHasNoValue) {
  const auto message = [](std::string text, Env env = {}) {
    env.emplace("X", std::move(text));
    const auto expanded = expand({"x"}, env, {});
    return expanded ? "expanded" : expanded.error().message;
  };
  EXPECT_EQ(message("${NOPE}"), "env.X: there is no variable NOPE; define it under env, or write $${NOPE}");
  EXPECT_EQ(message("${"), "env.X: ${ is not a reference; write ${NAME}, or $${ if it is to stand as it is");
  EXPECT_EQ(message("${X}"), "env.X: the value of X refers to itself in a circle");
  EXPECT_EQ(message("${B}", {{"B", "${X}"}}), "env.X: the value of B refers to itself in a circle");
  EXPECT_EQ(message("${KEY}", {{"KEY", in_environment("KEY")}}),
            "env.X: ${KEY} is a secret, which is given to the program as a variable and put nowhere else; "
            "let the program "
            "read KEY itself");
  EXPECT_EQ(expand({"a", "${KEY}"}, {{"KEY", in_file("/f")}}, {}).error().message.substr(0, 21),
            "word 2 of the command");
}

TEST(Expansion, EndsWhereNoProgramCouldTakeIt) {
  Env doubling{{"V0", "x"}};
  for (int i = 1; i < 60; ++i)
    doubling.emplace(fmt::format("V{}", i), fmt::format("${{V{}}}${{V{}}}", i - 1, i - 1));
  const auto huge = expand({"x"}, doubling, {});
  ASSERT_FALSE(huge);
  EXPECT_NE(huge.error().message.find("longer than 131071 bytes"), std::string::npos);

  Env chain{{"V99999", "x"}};
  for (int i = 10'000; i < 99'999; ++i) chain.emplace(fmt::format("V{}", i), fmt::format("${{V{}}}", i + 1));
  const auto deep = expand({"x"}, chain, {});
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().message.find("more than 1000 deep"), std::string::npos);
}

TEST(Secrets, AreFoundWhereTheirReferenceSays) {
  const TempDir temp;
  ::setenv("SLIPWAY_TEST_SECRET", "from the environment", 1);
  ASSERT_TRUE(os::write_atomically(temp / "secret", "from a file\n"));
  const auto secrets = drivers::resolve_secrets({{"A", in_environment("SLIPWAY_TEST_SECRET")},
                                                 {"B", in_file(temp / "secret")},
                                                 {"C", printed("echo from $SLIPWAY_TEST_SECRET; echo")},
                                                 {"PLAIN", "not a secret"}});
  ASSERT_TRUE(secrets) << secrets.error().message;
  EXPECT_EQ(
      *secrets,
      (Texts{{"A", "from the environment"}, {"B", "from a file"}, {"C", "from from the environment\n"}}));
  ::unsetenv("SLIPWAY_TEST_SECRET");
}

TEST(Secrets, ThatAreNotThereAreNamedButNeverShown) {
  const TempDir temp;
  const auto error = [](const SecretRef& secret) {
    const auto resolved = drivers::resolve(secret);
    return resolved ? Error{ErrorKind::internal, "resolved"} : resolved.error();
  };
  const Error missing = error(in_environment("SLIPWAY_TEST_NOT_SET"));
  EXPECT_EQ(missing.kind, ErrorKind::invalid_input);
  EXPECT_EQ(missing.message,
            "the daemon's environment has no variable SLIPWAY_TEST_NOT_SET; set it and restart the daemon");
  EXPECT_EQ(error(in_file(temp / "no-such-file")).kind, ErrorKind::invalid_input);
  const Error broken = error(printed("echo hunter2; echo hunter2 >&2; exit 4"));
  EXPECT_EQ(broken.kind, ErrorKind::unavailable);  // a store of secrets may be back soon
  EXPECT_NE(broken.message.find("exited with status 4"), std::string::npos);
  EXPECT_EQ(broken.message.find("hunter2"), std::string::npos);
  EXPECT_EQ(error({SecretRef::Source::command, "", {"no-such-program"}}).kind, ErrorKind::invalid_input);
  EXPECT_EQ(error(printed("printf 'a\\0b'")).kind, ErrorKind::invalid_input);
  EXPECT_EQ(error(printed("printf '\\377'")).kind, ErrorKind::invalid_input);
  EXPECT_EQ(error(printed("head -c 100000 /dev/zero | tr '\\0' x")).kind, ErrorKind::invalid_input);
}

TEST(ProgramFile, IsOneOfTheArtifactOrOneInPath) {
  const TempDir artifact;
  ASSERT_TRUE(os::make_dirs(artifact / "bin"));
  for (const char* name : {"bin/server", "sh"}) ASSERT_TRUE(os::write_atomically(artifact / name, "", 0755));
  ASSERT_TRUE(os::write_atomically(artifact / "notes", "", 0644));
  const auto file = [&](const std::string& word) {
    return drivers::program_file(word, artifact.path(), "/usr/bin:/bin");
  };
  EXPECT_EQ(file("./bin/server"), (artifact / "bin/server").string());
  EXPECT_EQ(file("bin/server"), (artifact / "bin/server").string());
  EXPECT_EQ(file("sh"), (artifact / "sh").string());
  EXPECT_EQ(file("env"), "/usr/bin/env");
  EXPECT_EQ(file("/bin/sh"), "/bin/sh");
  EXPECT_EQ(file("./nope").error().message,
            "the command ./nope isn't in the artifact; see that the build puts it there");
  EXPECT_EQ(file("notes").error().message,
            "the command notes is in the artifact, but isn't executable; chmod +x it before you deploy");
  EXPECT_EQ(file("./bin").error().message, "the command ./bin is in the artifact, but isn't a file");
  EXPECT_EQ(file("bin/../../x").error().message,
            "the command bin/../../x leads out of the artifact; name a file inside it");
  EXPECT_EQ(file("no-such-program").error().message,
            "the command no-such-program is neither in the artifact nor in PATH (/usr/bin:/bin); a file of "
            "the artifact is "
            "written as ./no-such-program");
  EXPECT_FALSE(file("/no/such/program"));
  EXPECT_FALSE(file(""));
}

}  // namespace
}  // namespace slipway
