#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/config.h"
#include "config/texts.h"
#include "core/gates_json.h"
#include "core/json.h"

// What must hold before a deployment starts, as it is written.
namespace slipway::config {
namespace {

using calendar::Turn;
using calendar::Window;
using core::Alert;
using core::Channel;
using core::Check;
using core::NoticeKind;
using core::SecretRef;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view calendar_text =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas: a \"day\" off\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n";

// The seed without the lines that hold what isn't supported.
std::string supported_seed() {
  std::ifstream file(std::filesystem::path(SLIPWAY_TEST_DATA) / "seed/slipway.yaml");
  std::stringstream whole;
  whole << file.rdbuf();
  std::set<int> wrong;
  for (const Problem& problem : parse(whole.str()).problems) wrong.insert(problem.line);
  std::string kept;
  std::string line;
  bool below = false;
  for (int number = 1; std::getline(whole, line); ++number) {
    below = wrong.contains(number) || (below && line.starts_with(' ') && line.starts_with("  ") &&
                                       kept.ends_with("any: true, approvals: 1}\n\n"));
    if (!below) kept += line + "\n";
  }
  return kept;
}

core::Service shop_with(std::string_view environment, std::string_view top = "") {
  return service_of(
      fmt::format("service: shop\nrun: {{command: [./shop]}}\nenvironments:\n  production:\n    listen: "
                  "127.0.0.1:1\n{}\n{}\n",
                  environment, top));
}

Window window(std::array<bool, 7> days, int from, int to, Duration longest) {
  return {days, hours(from), hours(to), "UTC", longest};
}

TEST(SeedGates, OfTheEnvironments) {
  const core::Service shop = service_of(supported_seed());
  ASSERT_EQ(shop.environments.size(), 4U);
  core::Gates staging;
  staging.calendar.windows = {window({false, true, true, true, true, true, false}, 9, 17, hours(1))};
  core::Gates production;
  production.after = {"staging"};
  production.then = {"dr"};
  production.calendar.windows = {window({false, false, true, false, true, false, false}, 14, 16, hours(2))};
  production.calendar.blackouts = {calendar::DatesBlackout{{"2026-12-25", "2027-01-01"}, "UTC", ""},
                                   calendar::YearlyBlackout{{12, 15}, {1, 5}, "UTC", ""}};
  production.rollback_within = minutes(5);
  EXPECT_EQ(shop.environments[0].gates, core::Gates());
  EXPECT_EQ(shop.environments[1].gates, staging);
  EXPECT_EQ(shop.environments[2].gates, production);
  EXPECT_EQ(shop.environments[3].gates, core::Gates());
}

TEST(SeedGates, OfTheService) {
  const core::Service shop = service_of(supported_seed());
  const auto check = [](const char* group, const char* name) {
    Check made;
    made.group = group;
    made.name = name;
    return made;
  };
  const auto run = [&](const char* group, const char* name, std::vector<std::string> command) {
    Check made = check(group, name);
    made.kind = Check::Kind::run;
    made.command = std::move(command);
    return made;
  };
  const auto github = [&](const char* name, Check::GitHub what) {
    Check made = check("code", name);
    made.kind = Check::Kind::github;
    made.github = what;
    return made;
  };
  const auto builtin = [&](const char* group, const char* name, Check::Builtin what) {
    Check made = check(group, name);
    made.kind = Check::Kind::builtin;
    made.builtin = what;
    return made;
  };
  Check cdn = check("infrastructure", "CDN cache rules configured");
  cdn.kind = Check::Kind::http;
  cdn.url = "https://example.com/";
  cdn.expect.headers["cache-control"] = std::nullopt;
  Check backup = run("infrastructure", "Backup completed", {"./scripts/backup"});
  backup.fresh_for = hours(24);
  const std::vector<Check> expected{
      github("All tests passing in CI", Check::GitHub::checks),
      github("Code review approved", Check::GitHub::approved),
      run("code", "Security scan passed", {"npm", "audit", "--audit-level=high"}),
      run("code", "Performance benchmarks met", {"npm", "run", "bench"}),
      check("code", "Documentation updated"),
      builtin("code", "Rollback plan documented", Check::Builtin::rollback_plan),
      builtin("infrastructure", "Secrets and configuration updated", Check::Builtin::configuration_resolves),
      cdn,
      builtin("infrastructure", "Load balancer health checks verified", Check::Builtin::traffic_healthy),
      builtin("infrastructure", "Monitoring alerts configured", Check::Builtin::alerts_armed),
      backup,
      builtin("infrastructure", "Capacity verified", Check::Builtin::capacity)};
  EXPECT_EQ(Json(shop.checklist).dump(1), Json(expected).dump(1));
  EXPECT_FALSE(shop.github);

  Alert errors{.name = "errors", .above = 10, .period = seconds(300), .evaluation_periods = 2, .command = {}};
  Alert latency{.name = "latency",
                .metric = Alert::Metric::latency,
                .statistic = Alert::Statistic::average,
                .above = 1000,
                .period = seconds(300),
                .evaluation_periods = 2,
                .command = {}};
  EXPECT_EQ(shop.alerts, (std::vector<Alert>{errors, latency}));

  Channel slack;
  slack.kind = Channel::Kind::slack;
  slack.url = SecretRef{SecretRef::Source::environment, "SLACK_WEBHOOK_URL", {}};
  slack.on = {NoticeKind::started, NoticeKind::completed, NoticeKind::failed, NoticeKind::rolled_back,
              NoticeKind::approval_needed};
  EXPECT_EQ(shop.notifications, std::vector<Channel>{slack});

  calendar::Schedule schedule;
  schedule.major = Turn{Turn::Kind::quarterly, 1, std::nullopt, 0};
  schedule.minor = Turn{Turn::Kind::monthly, 1, 2, 0};
  schedule.patch = Turn{Turn::Kind::emergency, 1, std::nullopt, 0};
  schedule.hotfix = Turn{Turn::Kind::anytime, 1, std::nullopt, 1};
  EXPECT_EQ(shop.schedule, schedule);
}

TEST(Gates, AreReadWithAllTheirKeys) {
  const core::Service shop = shop_with(
      "    at_close: roll_back\n    approvals: {needed: 2, expires: 1h, then: proceed}\n"
      "    emergency: {people: 2, longest: 90m}\n"
      "    windows: [{days: [Fri-Mon, Wed], from: 22:00, to: 02:30, zone: Europe/Berlin}, {days: Tuesday}]\n"
      "    blackouts: [{from: 02-29, to: 02-29, zone: America/New_York, reason: leap}]\n");
  core::Gates expected;
  expected.at_close = core::AtClose::roll_back;
  expected.approvals = {2, hours(1), core::Approvals::Expired::proceed};
  expected.emergency = {2, minutes(90)};
  expected.calendar.windows = {
      {{true, true, false, true, false, true, true}, hours(22), minutes(150), "Europe/Berlin", std::nullopt},
      {{false, false, true, false, false, false, false}, hours(0), hours(24), "UTC", std::nullopt}};
  expected.calendar.blackouts = {calendar::YearlyBlackout{{2, 29}, {2, 29}, "America/New_York", "leap"}};
  EXPECT_EQ(Json(shop.environments[0].gates).dump(1), Json(expected).dump(1));
  EXPECT_EQ(shop_with("    approvals: 3\n").environments[0].gates.approvals.needed, 3);
  EXPECT_EQ(shop_with("    at_close: hold\n").environments[0].gates.at_close, core::AtClose::hold);
}

TEST(Schedules, MayAskForApprovalsWithEachTurn) {
  const calendar::Schedule schedule =
      shop_with("    windows: [{days: Mon-Fri}]\n",
                "release_schedule: {major: {quarterly: last Fri, approvals: 2}, minor: {approvals: 1}}\n")
          .schedule;
  EXPECT_EQ(schedule.major, (Turn{Turn::Kind::quarterly, -1, 5, 2}));
  EXPECT_EQ(schedule.minor, (Turn{Turn::Kind::any, 1, std::nullopt, 1}));
  EXPECT_FALSE(schedule.patch);
}

TEST(GitHub, MayBeAnyServer) {
  const core::Service shop = shop_with(
      "", "github: {repository: example/shop, api: 'https://git.example.com/api/v3/', token: {secret: T}}");
  EXPECT_EQ(shop.github, (core::GitHub{"example/shop", "https://git.example.com/api/v3",
                                       SecretRef{SecretRef::Source::environment, "T", {}}}));
}

TEST(Notifications, TellAllWhereNothingIsChosen) {
  const core::Service shop = shop_with("",
                                       "notifications:\n  - {command: [./tell]}\n  - webhook: "
                                       "http://127.0.0.1:9/hook\n    signing: {secret: S}\n"
                                       "    on: [alert, override]\n    templates: {alert: '{{cause}}'}\n");
  ASSERT_EQ(shop.notifications.size(), 2U);
  EXPECT_EQ(shop.notifications[0].kind, Channel::Kind::command);
  EXPECT_EQ(shop.notifications[0].on.size(), 9U);
  const Channel& hook = shop.notifications[1];
  EXPECT_EQ(hook.url, core::EnvironmentValue("http://127.0.0.1:9/hook"));
  EXPECT_EQ(hook.on, (std::set{NoticeKind::alert, NoticeKind::override_}));
  EXPECT_EQ(hook.templates, (std::map<NoticeKind, std::string>{{NoticeKind::alert, "{{cause}}"}}));
  EXPECT_EQ(hook.signing->name, "S");
}

TEST(Alerts, MayActByThemselves) {
  const core::Service shop =
      shop_with("",
                "alerts: [{name: slow, metric: Latency, above: 1500ms, notify: false, run: "
                "[./page], roll_back: true}]");
  ASSERT_EQ(shop.alerts.size(), 1U);
  EXPECT_EQ(shop.alerts[0].statistic, Alert::Statistic::average);
  EXPECT_EQ(shop.alerts[0].above, 1500);
  EXPECT_FALSE(shop.alerts[0].notify);
  EXPECT_TRUE(shop.alerts[0].roll_back);
  EXPECT_EQ(shop.alerts[0].command, std::vector<std::string>{"./page"});
}

const std::string with_calendar =
    "service: shop\nrun: {command: [./shop]}\nenvironments:\n  production:\n    listen: 127.0.0.1:1\n"
    "    blackouts: [{ical: 'ä days.ics'}]  # ours\n";

TEST(CalendarFiles, ArePutIntoTheTextWhereItIsRead) {
  const Parsed parsed = parse(with_calendar, [](const std::string& name) -> Result<std::string> {
    EXPECT_EQ(name, "ä days.ics");
    return std::string(calendar_text);
  });
  ASSERT_TRUE(parsed.problems.empty()) << render(parsed.problems, with_calendar, "f");
  const std::vector<calendar::Blackout> expected{
      calendar::CalendarBlackout{"ä days.ics", std::string(calendar_text)}};
  EXPECT_EQ(parsed.service.environments[0].gates.calendar.blackouts, expected);
  EXPECT_NE(parsed.whole, with_calendar);
  EXPECT_TRUE(parsed.whole.contains("}]  # ours\n"));
  EXPECT_EQ(service_of(parsed.whole), parsed.service);
}

TEST(CalendarFiles, AreRefusedWhereTheyCantBeRead) {
  const auto said = [](Result<std::string> text) {
    const Parsed parsed = parse(with_calendar, [&](const std::string&) { return text; });
    EXPECT_TRUE(parsed.whole.empty());
    return parsed.problems.size() == 1 ? parsed.problems[0].message : "";
  };
  EXPECT_EQ(said(fail(ErrorKind::not_found, "there is no file")), "ical: there is no file");
  EXPECT_TRUE(said("hello").starts_with("ical: ä days.ics: this is no iCalendar text"));
  EXPECT_EQ(said("BEGIN\xff"), "ical: ä days.ics, line 1: the file is not UTF-8: byte 0xFF");
  EXPECT_EQ(parse(with_calendar).problems.at(0).message, "ical: the text of ä days.ics did not come along");
}

TEST(Texts, WithoutFilesAreWholeAsTheyAre) {
  const std::string text = supported_seed();
  EXPECT_EQ(parse(text).whole, text);
}

}  // namespace
}  // namespace slipway::config
