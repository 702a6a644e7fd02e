#include "config/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "config/texts.h"

namespace slipway::config {
namespace {

using core::SecretRef;
using judge::Trigger;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Metric = Trigger::Metric;
using Statistic = Trigger::Statistic;
using When = core::SmokeTest::When;

std::string with(std::string_view run, std::string_view rest = "") {
  return fmt::format(
      "service: shop\nrun:\n  command: [./shop]\n{}environments: {{production: {{listen: "
      "127.0.0.1:8080}}}}\n{}",
      run, rest);
}

std::vector<std::string> messages(const std::vector<Problem>& problems) {
  std::vector<std::string> all;
  for (const Problem& problem : problems) all.push_back(problem.message);
  return all;
}

// The text without each of these and what is indented below it.
std::string without(const std::string& text, const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::vector<bool> dropped(lines.size());
  for (const Problem& problem : problems) {
    auto at = static_cast<std::size_t>(problem.line - 1);
    const std::size_t indent = lines[at].find_first_not_of(' ');
    dropped[at] = true;
    while (++at < lines.size()) {
      const std::size_t own = lines[at].find_first_not_of(' ');
      if (own != std::string::npos && own <= indent) break;
      dropped[at] = true;
    }
  }
  std::string kept;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!dropped[i]) kept += lines[i] + "\n";
  return kept;
}

TEST(Seed, IsRefusedForWhatIsUnsupportedByNameAndNothingElse) {
  const std::vector<std::string> expected{
      "auto_deploy: true in environments.development is not supported yet",
      "auto_deploy: true in environments.staging is not supported yet",
      "builtin migrations_rehearsed in checklist is not supported yet",
      "builtin flags_exist in checklist is not supported yet",
      "builtin migrations_linted in checklist is not supported yet",
      "migrations is not supported yet",
      "disaster_recovery is not supported yet"};
  EXPECT_EQ(messages(parse(seed()).problems), expected);
}

TEST(Seed, IsReadOnceTheseAreRemoved) {
  const core::Service shop = service_of(without(seed(), parse(seed()).problems));
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.metadata.at("deployment_lead"), "@lead");
  EXPECT_EQ(shop.run.command, (std::vector<std::string>{"./shop", "--port", "${PORT}"}));
  EXPECT_EQ(shop.run.env.at("NODE_ENV"), core::EnvironmentValue("production"));
  EXPECT_EQ(shop.run.env.at("SESSION_KEY"),
            core::EnvironmentValue(SecretRef{SecretRef::Source::environment, "SESSION_KEY", {}}));
  EXPECT_EQ(shop.run.instances, 4);
  EXPECT_EQ(shop.run.maximum_percent, 200);
  EXPECT_EQ(shop.run.health.path, "/health");
  EXPECT_EQ(shop.run.health.expect.status, 200);
  ASSERT_EQ(shop.run.health.expect.json.size(), 1U);
  EXPECT_EQ(shop.run.health.expect.json[0].path, "status");
  EXPECT_EQ(*shop.run.health.expect.json[0].equals, Json("healthy"));
  EXPECT_EQ(shop.run.health.grace, std::chrono::seconds(60));
  EXPECT_EQ(shop.run.drain, std::chrono::seconds(30));
  EXPECT_EQ(shop.run.progress_deadline, std::chrono::minutes(10));
  ASSERT_EQ(shop.environments.size(), 4U);
  EXPECT_EQ(shop.environments[0].name, "development");
  EXPECT_EQ(shop.environments[0].purpose, "Feature testing");
  EXPECT_EQ(shop.environments[0].branch, "develop");
  EXPECT_FALSE(shop.environments[0].auto_deploy);
  EXPECT_EQ(shop.environments[0].instances, 1);
  EXPECT_EQ(shop.environments[2].url, "https://example.com");
  EXPECT_EQ(shop.environments[2].listen, "127.0.0.1:8080");
  EXPECT_FALSE(shop.environments[2].instances);
  EXPECT_TRUE(shop.environments[2].canary);
  EXPECT_EQ(shop.environments[2].sticky, (core::Sticky{"sid", "", true, {}}));
  EXPECT_EQ(shop.environments[3].name, "dr");
  EXPECT_FALSE(shop.environments[3].canary);
  EXPECT_EQ(shop.canary.steps,
            (std::vector<core::CanaryStep>{
                {5, minutes(5)}, {25, minutes(10)}, {50, minutes(10)}, {100, minutes(0)}}));
  EXPECT_EQ(shop.canary.undecided, core::Undecided::pause);
  EXPECT_EQ(shop.canary.bake, minutes(15));
  EXPECT_EQ(shop.canary.lease, seconds(15));
  EXPECT_EQ(shop.rollback_triggers,
            (std::vector<Trigger>{{Metric::error_rate, Statistic::mean, 50'000, minutes(5)},
                                  {Metric::response_time, Statistic::mean, 2000, minutes(5)},
                                  {Metric::health_check, Statistic::mean, 500'000, minutes(2)}}));
  ASSERT_EQ(shop.smoke_tests.size(), 5U);
  EXPECT_EQ(shop.smoke_tests[1].get, "/api/version");
  EXPECT_FALSE(shop.smoke_tests[1].expect.json[0].equals);
  EXPECT_EQ(shop.smoke_tests[1].when, When::both);
  EXPECT_EQ(shop.smoke_tests[4].command, (std::vector<std::string>{"npm", "run", "test:smoke"}));
  EXPECT_EQ(shop.smoke_tests[4].when, When::promoted);
}

TEST(Starter, IsReadAndSuitsTheExample) {
  const core::Service shop = service_of(starter("shop"));
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.run.command, (std::vector<std::string>{"./shop", "--port", "${PORT}"}));
  EXPECT_EQ(shop.run.health.path, "/health");
  ASSERT_EQ(shop.environments.size(), 2U);
  EXPECT_EQ(shop.environments[0].listen, "127.0.0.1:8082");
  EXPECT_EQ(shop.environments[1].listen, "127.0.0.1:8080");
  EXPECT_EQ(shop.smoke_tests.size(), 4U);
  EXPECT_EQ(shop.blue_green.bake, std::chrono::seconds(30));
  EXPECT_FALSE(shop.environments[1].canary);
  EXPECT_TRUE(shop.rollback_triggers.empty());
  EXPECT_FALSE(starter("shop").contains("SERVICE_NAME"));
}

// The canary's lines of the starter, as somebody would use them.
TEST(Starter, MeansWhatItsCommentsSay) {
  std::string text = starter("shop");
  const auto uncomment = [&](std::string_view line) {
    const std::size_t at = text.find(line);
    ASSERT_NE(at, std::string::npos) << line;
    text.erase(at + line.find('#'), 2);
  };
  for (const char* line : {"    # sticky: ",
                           "    # preview: ",
                           "  # canary: ",
                           "  #   steps: ",
                           "  #   undecided: ",
                           "  #   bake: ",
                           "# rollback_triggers:",
                           "#   - {metric: ErrorRate",
                           "#   - {metric: ResponseTime",
                           "#   - {metric: HealthCheck",
                           "    # after: ",
                           "    # approvals: ",
                           "    # rollback_within: ",
                           "    # windows: ",
                           "    # blackouts: ",
                           "# checklist:",
                           "#   code:",
                           "#     - {name: Security",
                           "#     - {name: Documentation",
                           "# alerts:",
                           "#   - {name: errors",
                           "# notifications:",
                           "#   - {slack: "})
    uncomment(line);
  const core::Service shop = service_of(text);
  EXPECT_EQ(shop.canary, service_of(starter("shop")).canary);
  EXPECT_EQ(shop.environments[1].sticky.cookie, "sid");
  EXPECT_EQ(shop.environments[1].preview, "127.0.0.1:9080");
  EXPECT_EQ(shop.rollback_triggers.size(), 3U);
  EXPECT_EQ(shop.environments[1].gates.after, std::vector<std::string>{"staging"});
  EXPECT_EQ(shop.environments[1].gates.calendar.windows.size(), 1U);
  EXPECT_EQ(shop.environments[1].gates.calendar.blackouts.size(), 2U);
  EXPECT_EQ(shop.checklist.size(), 2U);
  EXPECT_EQ(shop.alerts.size(), 1U);
  EXPECT_EQ(shop.notifications.size(), 1U);
}

TEST(Configuration, HasDefaultsForAllButTheEssential) {
  const core::Service shop = service_of(with(""));
  core::Service expected;
  expected.name = "shop";
  expected.run.command = {"./shop"};
  expected.run.health.panic = 50;
  expected.environments.push_back({});
  expected.environments[0].name = "production";
  expected.environments[0].listen = "127.0.0.1:8080";
  expected.environments[0].sticky.drawn = true;
  expected.canary.steps = {{5, minutes(5)}, {25, minutes(10)}, {50, minutes(10)}, {100, minutes(0)}};
  expected.canary.bake = minutes(15);
  EXPECT_EQ(shop, expected);
}

TEST(Configuration, KeepsNumbersAndTruthInEnvAsTheyAreWritten) {
  const core::Service shop =
      service_of(with("  env: {A: 1.50, B: yes, C: \"\", D: 007, E: '${PORT} $$ $x', F: null x}\n"));
  const auto text = [&](const char* name) { return std::get<std::string>(shop.run.env.at(name)); };
  EXPECT_EQ(text("A"), "1.50");
  EXPECT_EQ(text("B"), "yes");
  EXPECT_EQ(text("C"), "");
  EXPECT_EQ(text("D"), "007");
  EXPECT_EQ(text("E"), "${PORT} $$ $x");
  EXPECT_EQ(text("F"), "null x");
}

TEST(Configuration, FindsSecretsInThreeWays) {
  const core::Service shop =
      service_of(with("  env:\n    A: {secret: KEY}\n    B: {secret: {environment: KEY}}\n"
                      "    C: {secret: {file: /etc/key}}\n    D: {secret: {command: [pass, show, key]}}\n"));
  const auto secret = [&](const char* name) { return std::get<SecretRef>(shop.run.env.at(name)); };
  EXPECT_EQ(secret("A"), (SecretRef{SecretRef::Source::environment, "KEY", {}}));
  EXPECT_EQ(secret("B"), secret("A"));
  EXPECT_EQ(secret("C"), (SecretRef{SecretRef::Source::file, "/etc/key", {}}));
  EXPECT_EQ(secret("D"), (SecretRef{SecretRef::Source::command, "", {"pass", "show", "key"}}));
}

TEST(Configuration, TellsWordsFromTextInExpectations) {
  const core::Service shop = service_of(
      with("  health:\n    expect:\n      header: {X-Name: Present, X-There: present, X-Word: \"present\"}\n"
           "      json: {a: present, b: \"present\", c: 1, d: \"1\", e: true, f: 1.5, g.h: null, i: -2, j: "
           "1.2.3}\n"));
  const core::Expectation& expect = shop.run.health.expect;
  EXPECT_EQ(expect.headers.at("x-name"), "Present");
  EXPECT_EQ(expect.headers.at("x-there"), std::nullopt);
  EXPECT_EQ(expect.headers.at("x-word"), "present");
  Json values = Json::object();
  for (const auto& field : expect.json) values[field.path] = field.equals ? *field.equals : Json("(present)");
  const std::string expected =
      "{'a':'(present)','b':'present','c':1,'d':'1','e':true,'f':1.5,'g.h':null,'i':-2,'j':'1.2.3'}";
  std::string said = values.dump();
  std::ranges::replace(said, '"', '\'');
  EXPECT_EQ(said, expected);
  EXPECT_FALSE(expect.json[0].equals);
}

TEST(Configuration, MayUseAliasesAndEmptySections) {
  const core::Service shop = service_of(
      "service: shop\nmetadata:\nsmoke_tests:\nrun: {command: [./shop], env: }\n"
      "environments:\n  a: {listen: 127.0.0.1:1, env: &env {X: y}}\n  b: {listen: '[::1]:2', env: *env}\n");
  ASSERT_EQ(shop.environments.size(), 2U);
  EXPECT_EQ(shop.environments[0].env, shop.environments[1].env);
}

TEST(Configuration, SetsHowLongTheOldReleaseStaysWarm) {
  EXPECT_EQ(service_of(with("", "strategy: {blue_green: {bake: 2m}}\n")).blue_green.bake,
            std::chrono::minutes(2));
  EXPECT_EQ(service_of(with("", "strategy: {blue_green: {bake: 0s}}\n")).blue_green.bake, Duration(0));
}

TEST(Configuration, TakesACanarysStepsAsTheyAreWritten) {
  const auto canary = [](std::string_view text) {
    return service_of(with("", fmt::format("strategy: {{canary: {{{}}}}}\n", text))).canary;
  };
  EXPECT_EQ(
      canary("steps: [{weight: 1, hold: 0s}, {weight: 99}, {hold: 90s, weight: 100}], undecided: advance, "
             "bake: 0s, lease: 3s"),
      (core::Strategy{{{1, seconds(0)}, {99, seconds(0)}, {100, seconds(90)}},
                      core::Undecided::advance,
                      seconds(0),
                      seconds(3)}));
  EXPECT_EQ(canary("undecided: roll_back, lease: 1h").undecided, core::Undecided::roll_back);
  EXPECT_EQ(canary("undecided: roll_back, lease: 1h").lease, hours(1));
  EXPECT_EQ(canary("undecided: pause").undecided, core::Undecided::pause);
  EXPECT_EQ(canary("steps: [{weight: 100}]").steps, std::vector<core::CanaryStep>{{}});
  EXPECT_EQ(canary("bake: 1m").steps, canary("").steps);
}

TEST(Configuration, KnowsUsersByACookieOrAHeader) {
  const core::Service shop = service_of(
      "service: shop\nrun: {command: [./shop]}\nenvironments:\n"
      "  a: {listen: 127.0.0.1:1, sticky: {cookie: __Host-Sid.1}}\n"
      "  b: {listen: 127.0.0.1:2, sticky: {header: X-User}, strategy: blue_green}\n"
      "  c: {listen: 127.0.0.1:3}\n"
      "  d: {listen: 127.0.0.1:4, sticky: {address: true, cookie: sid}, trusted_proxies: [10.0.0.0/8, "
      "'2001:db8::1']}\n"
      "  e: {listen: 127.0.0.1:5, sticky: {address: false}}\n");
  EXPECT_EQ(shop.environments[0].sticky, (core::Sticky{"__Host-Sid.1", "", true, {}}));
  EXPECT_EQ(shop.environments[1].sticky, (core::Sticky{"", "x-user", true, {}}));
  EXPECT_EQ(shop.environments[2].sticky, (core::Sticky{"", "", true, {}}));
  EXPECT_EQ(shop.environments[3].sticky, (core::Sticky{"sid", "", false, {"10.0.0.0/8", "2001:db8::1"}}));
  EXPECT_EQ(shop.environments[4].sticky, shop.environments[2].sticky);
}

TEST(Configuration, ShowsACanaryOnThisMachineAlone) {
  const core::Service shop = service_of(
      "service: shop\nrun: {command: [./shop]}\nenvironments:\n"
      "  a: {listen: 127.0.0.1:1, preview: 127.0.0.2:1}\n"
      "  b: {listen: 127.0.0.1:2, preview: '[::1]:1'}\n");
  EXPECT_EQ(shop.environments[0].preview, "127.0.0.2:1");
  EXPECT_EQ(shop.environments[1].preview, "[::1]:1");
}

TEST(Configuration, ReadsThresholdsExactly) {
  const auto trigger = [](std::string_view text) {
    const core::Service shop = service_of(with("", fmt::format("rollback_triggers: [{{{}}}]\n", text)));
    return shop.rollback_triggers.size() == 1 ? shop.rollback_triggers[0] : Trigger();
  };
  const auto share = [&](std::string_view text) {
    return trigger(fmt::format("metric: ErrorRate, duration: 1s, threshold: {}", text)).threshold;
  };
  EXPECT_EQ(share("5%"), 50'000);
  EXPECT_EQ(share("'5%'"), 50'000);
  EXPECT_EQ(share("0.5%"), 5'000);
  EXPECT_EQ(share("0.0001%"), 1);
  EXPECT_EQ(share("12.3456%"), 123'456);
  EXPECT_EQ(share("100%"), 1'000'000);
  EXPECT_EQ(share("100.0000%"), 1'000'000);
  EXPECT_EQ(trigger("metric: ResponseTime, threshold: 1ms, duration: 1h, statistic: p50"),
            (Trigger{Metric::response_time, Statistic::p50, 1, hours(1)}));
  EXPECT_EQ(trigger("metric: ResponseTime, threshold: 1h, duration: 1s, statistic: p90"),
            (Trigger{Metric::response_time, Statistic::p90, 3'600'000, seconds(1)}));
  EXPECT_EQ(trigger("metric: ResponseTime, threshold: 2s, duration: 2000ms, statistic: p99"),
            (Trigger{Metric::response_time, Statistic::p99, 2000, seconds(2)}));
}

TEST(Configuration, LetsEachEnvironmentGiveTheVariablesOfTheCommand) {
  const core::Service shop = service_of(
      "service: shop\nrun:\n  command: [./shop, '${REGION}', '$${REGION}', '$${MORE-}']\n"
      "  env: {URL: 'http://${REGION}'}\nenvironments:\n"
      "  a: {listen: 127.0.0.1:1, env: {REGION: eu}}\n  b: {listen: 127.0.0.1:2, env: {REGION: "
      "'${SLIPWAY_VERSION}'}}\n");
  EXPECT_EQ(shop.run.command.size(), 4U);
}

TEST(Configuration, ReadsAFileFromWindows) {
  std::string text = "\xEF\xBB\xBF" + with("");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
  EXPECT_EQ(service_of(text), service_of(with("")));
}

TEST(Rendering, OfNothingWrong) {
  EXPECT_EQ(render({}, "", "f"), "");
}

TEST(Rendering, UnderlinesOnlyWhereAHintStands) {
  EXPECT_EQ(render({{1, 3, 2, "wrong", "mend it"}, {2, 1, 1, "also wrong", ""}}, "a bc\nd\n", "f.yaml"),
            "f.yaml:1:3: wrong\n    1 | a bc\n      |   ^^ mend it\nf.yaml:2:1: also wrong\n2 errors");
}

TEST(Binding, MergesWhatTheEnvironmentSets) {
  const core::Service shop = service_of(
      "service: shop\nrun: {command: [./shop], instances: 4, env: {A: '1', B: '2'}}\n"
      "environments:\n  staging: {listen: 127.0.0.1:1, url: http://s, instances: 2, env: {B: three, C: "
      "{secret: C}}}\n"
      "  production: {listen: 127.0.0.1:2}\nstrategy: {blue_green: {bake: 5s}}\n"
      "smoke_tests: [{name: A, get: /}]\n");
  const auto staging = core::bind(shop, "staging");
  ASSERT_TRUE(staging);
  EXPECT_EQ(staging->listen, "127.0.0.1:1");
  EXPECT_EQ(staging->url, "http://s");
  EXPECT_EQ(staging->run.instances, 2);
  EXPECT_EQ(staging->run.env,
            (core::EnvironmentVariables{
                {"A", "1"}, {"B", "three"}, {"C", SecretRef{SecretRef::Source::environment, "C", {}}}}));
  EXPECT_EQ(staging->strategy.bake, std::chrono::seconds(5));
  EXPECT_EQ(staging->smoke_tests, shop.smoke_tests);
  const auto production = core::bind(shop, "production");
  ASSERT_TRUE(production);
  core::Run as_written = shop.run;
  as_written.health.host = "127.0.0.1:2";
  EXPECT_EQ(production->run, as_written);
  EXPECT_EQ(staging->run.health.host, "s");
}

TEST(Binding, HasInstancesAskedForTheirHealthAsUsersAsk) {
  EXPECT_EQ(core::host_of("https://shop.example.com/start?x", "127.0.0.1:1"), "shop.example.com");
  EXPECT_EQ(core::host_of("http://me@shop.example.com:8080#x", "127.0.0.1:1"), "shop.example.com:8080");
  EXPECT_EQ(core::host_of("http://[::1]:8080", "127.0.0.1:1"), "[::1]:8080");
  EXPECT_EQ(core::host_of("", "10.0.0.5:80"), "10.0.0.5:80");
  EXPECT_EQ(core::host_of("", "0.0.0.0:80"), "127.0.0.1:80");
  const core::Service shop = service_of(
      "service: shop\nrun: {command: [./shop], health: {host: \"shop.internal:81\", panic: 0%}}\n"
      "environments: {production: {listen: 127.0.0.1:2, url: https://shop.example.com}}\n");
  const auto production = core::bind(shop, "production");
  ASSERT_TRUE(production);
  EXPECT_EQ(production->run.health.host, "shop.internal:81");
  EXPECT_EQ(production->run.health.panic, 0);
}

TEST(Binding, TakesTheStrategyOfTheEnvironment) {
  const core::Service shop = service_of(
      "service: shop\nrun: {command: [./shop]}\nenvironments:\n"
      "  staging: {listen: 127.0.0.1:1}\n"
      "  production: {listen: 127.0.0.1:2, strategy: canary, preview: 127.0.0.1:3, sticky: {header: "
      "X-User}}\n"
      "rollback_triggers: [{metric: ErrorRate, threshold: 5%, duration: 5m}]\n");
  const auto staging = core::bind(shop, "staging");
  const auto production = core::bind(shop, "production");
  ASSERT_TRUE(staging && production);
  EXPECT_EQ(staging->strategy, core::Strategy());
  EXPECT_EQ(production->strategy, shop.canary);
  EXPECT_EQ(production->preview, "127.0.0.1:3");
  EXPECT_EQ(production->sticky, (core::Sticky{"", "x-user", true, {}}));
  EXPECT_EQ(production->rollback_triggers, shop.rollback_triggers);
  EXPECT_EQ(staging->rollback_triggers, shop.rollback_triggers);
}

TEST(Binding, NamesTheEnvironmentsThereAre) {
  const core::Service shop = service_of(starter("shop"));
  EXPECT_EQ(core::bind(shop, "prodution").error(),
            (Error{ErrorKind::not_found,
                   "shop has no environment \"prodution\" (did you mean \"production\"?); it has staging, "
                   "production"}));
  EXPECT_EQ(core::bind(shop, "x").error().message,
            "shop has no environment \"x\"; it has staging, production");
}

}  // namespace
}  // namespace slipway::config
