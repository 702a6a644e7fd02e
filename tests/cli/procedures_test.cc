#include "cli/procedures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

core::Service shop() {
  core::Service service;
  service.name = "shop";
  service.metadata = {{"deployment_lead", "@lead"}, {"emergency_contact", "oncall@example.com"}};
  service.canary.steps = {{5, Duration(300'000)}, {25, Duration(600'000)}, {100}};
  core::Environment staging{.name = "staging", .purpose = "Pre-production", .branch = "staging"};
  staging.auto_deploy = true;
  core::Environment production{.name = "production",
                               .purpose = "Live | users",
                               .url = "https://example.com",
                               .branch = "main",
                               .canary = true};
  production.gates.after = {"staging"};
  production.gates.then = {"dr"};
  production.gates.calendar.windows = {{.days = {false, false, true, false, true, false, false},
                                        .from = calendar::Minutes(14 * 60),
                                        .to = calendar::Minutes(16 * 60),
                                        .longest = Duration(7'200'000)}};
  production.gates.calendar.blackouts = {calendar::YearlyBlackout{{12, 15}, {1, 5}, "UTC", {}}};
  production.gates.rollback_within = Duration(300'000);
  production.gates.approvals.needed = 2;
  service.environments = {staging, production, {.name = "dr", .purpose = "Disaster recovery"}};
  service.checklist = {{.group = "code", .name = "Documentation updated"},
                       {.group = "infrastructure",
                        .name = "Backup completed",
                        .kind = core::Check::Kind::run,
                        .command = {"./scripts/backup"},
                        .fresh_for = Duration(86'400'000)}};
  service.schedule.major = calendar::Turn{calendar::Turn::Kind::quarterly};
  service.schedule.minor = calendar::Turn{calendar::Turn::Kind::monthly, 1, 2};
  service.schedule.hotfix = calendar::Turn{.kind = calendar::Turn::Kind::anytime, .approvals = 1};
  service.alerts = {{.name = "errors", .above = 10, .evaluation_periods = 2}};
  service.notifications = {{.kind = core::Channel::Kind::slack, .on = {core::NoticeKind::rolled_back}}};
  service.smoke_tests = {{.name = "Health check", .get = "/health"}};
  return service;
}

const std::vector<SetAside> no_overrides;

TEST(Procedures, SayWhatThereIsOfEachEnvironment) {
  const std::string text = procedures(shop(), no_overrides);
  EXPECT_THAT(text, HasSubstr("| Staging | Pre-production | – | staging | Yes | blue-green | – | – |"));
  EXPECT_THAT(
      text,
      HasSubstr("| Production | Live \\| users | https://example.com | main | Manual | canary: 5, 25, 100 % "
                "| staging | dr |"));
  EXPECT_THAT(text, HasSubstr("| DR | Disaster recovery |"));
  EXPECT_THAT(text,
              HasSubstr("Production takes only an artifact (by its digest) that has succeeded in staging."));
  EXPECT_THAT(text, HasSubstr("Production needs the approval of 2 people other than the author"));
}

TEST(Procedures, SayTheChecklistWithWhatMakesEachLineTrue) {
  const std::string text = procedures(shop(), no_overrides);
  EXPECT_THAT(text,
              HasSubstr("### Code\n\n- [ ] Documentation updated (somebody says so: `slipway attest`)"));
  EXPECT_THAT(text,
              HasSubstr("- [ ] Backup completed (`./scripts/backup` ends with status 0; good for 1 d)"));
}

TEST(Procedures, SayWhichChecksWereSetAside) {
  std::vector<SetAside> overrides{{Time(Duration(1'800'000'000'000)), "production", "1.4.2", "Audit", "alice",
                                   "SEC-12 | false positive"}};
  EXPECT_THAT(
      procedures(shop(), overrides),
      HasSubstr("### Checks That Were Set Aside\n\n| When | Environment | Version | Check | By | Why |\n"
                "|---|---|---|---|---|---|\n"
                "| 2027-01-15 08:00:00 UTC | production | 1.4.2 | Audit | alice | SEC-12 \\| false "
                "positive |\n\n"));
  EXPECT_THAT(procedures(shop(), no_overrides), HasSubstr("### Checks That Were Set Aside\n\nNone.\n"));
  EXPECT_THAT(procedures(shop(), std::nullopt),
              HasSubstr("Set Aside\n\nNot known: `slipway docs` found no daemon"));
  overrides.resize(23, overrides.front());
  EXPECT_THAT(procedures(shop(), overrides), HasSubstr("|\n\nAnd 3 before those: `slipway audit`.\n"));
}

TEST(Procedures, SayTheCalendarAndTheReleaseSchedule) {
  const std::string text = procedures(shop(), no_overrides);
  EXPECT_THAT(text, HasSubstr("| staging | Any | Any | – | None |"));
  EXPECT_THAT(
      text,
      HasSubstr("| production | Tue, Thu | 14:00-16:00 UTC | 2 h | blacked out from 15 Dec to 5 Jan |"));
  EXPECT_THAT(text, HasSubstr("- **major**: the first open day of each quarter"));
  EXPECT_THAT(text, HasSubstr("- **minor**: the first Tuesday of each month"));
  EXPECT_THAT(text, HasSubstr("- **patch**: whenever a window is open"));
  EXPECT_THAT(text, HasSubstr("- **hotfix**: any time, with an approval"));
}

TEST(Procedures, NumberTheStagesOfEachEnvironmentsProcess) {
  const std::string text = procedures(shop(), no_overrides);
  EXPECT_THAT(text,
              HasSubstr("### Production\n\n`slipway deploy production --version VERSION --artifact PATH`\n\n"
                        "1. go through the checklist\n2. wait for approval\n3. begin within a window\n"));
  // Where a machine deploys, nobody is asked.
  EXPECT_THAT(
      text,
      HasSubstr("### Staging\n\n`slipway deploy staging --version VERSION --artifact PATH`\n\n1. start"));
}

TEST(Procedures, SayWhoIsToldAndWhomToCall) {
  core::Service service = shop();
  const std::string errors = "- errors: Errors sum above 10 in 5 min, 2 periods in a row: ";
  const std::string text = procedures(service, no_overrides);
  EXPECT_THAT(text, HasSubstr(errors + "`slipway status` shows it"));
  service.notifications[0].on.insert(core::NoticeKind::alert);
  EXPECT_THAT(procedures(service, no_overrides), HasSubstr(errors + "somebody is told"));
  EXPECT_THAT(text, HasSubstr("- Slack is told: rolled back"));
  EXPECT_THAT(text, HasSubstr("- Emergency contact: oncall@example.com"));
}

TEST(Procedures, LeaveOutWhatIsntConfigured) {
  core::Service service;
  service.name = "bare";
  service.environments = {{.name = "production"}};
  const std::string text = procedures(service, no_overrides);
  for (const char* heading : {"Checklist", "Checks That Were Set Aside", "Alerts", "Communication",
                              "Release Schedule", "Smoke Tests"})
    EXPECT_THAT(text, Not(HasSubstr(std::string("# ") + heading)));
  EXPECT_THAT(text, HasSubstr("| production | Any | Any | – | None |"));
}

}  // namespace
}  // namespace slipway::cli
