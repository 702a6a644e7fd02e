#include <algorithm>

#include "config/alerts.h"
#include "config/checklist.h"
#include "config/config.h"
#include "config/document.h"
#include "config/environment.h"
#include "config/files.h"
#include "config/github.h"
#include "config/names.h"
#include "config/notifications.h"
#include "config/references.h"
#include "config/run.h"
#include "config/schedule.h"
#include "config/section.h"
#include "config/smoke.h"
#include "config/strategy.h"
#include "config/triggers.h"

namespace slipway::config {
namespace {

const Keys& top_keys() {
  static const Keys keys{
      {"service", "metadata", "run", "environments", "strategy", "rollback_triggers", "smoke_tests",
       "checklist", "github", "alerts", "notifications", "release_schedule"},
      {"migrations", "disaster_recovery"},
      known_for_environments()};
  return keys;
}

std::string read_service_name(const Section& top, Problems& problems) {
  const auto field = top.require("service", "service: NAME", problems);
  if (!field) return "";
  auto word = read_text(*field, problems);
  if (!word) return "";
  check_name("service", *word, problems);
  return std::move(word->text);
}

std::map<std::string, std::string> read_metadata(const Field& field, Problems& problems) {
  std::map<std::string, std::string> metadata;
  const auto section = Section::open_free(field, "metadata", problems);
  if (!section) return metadata;
  for (const Field& one : section->fields())
    if (auto word = read_text(one, problems)) metadata[one.key] = std::move(word->text);
  return metadata;
}

// What is about deployments as a whole, and looks at no other section.
void read_gates_of_service(const Section& top, core::Service& service, Problems& problems) {
  if (const auto checklist = top.find("checklist")) service.checklist = read_checklist(*checklist, problems);
  if (const auto github = top.find("github")) service.github = read_github(*github, problems);
  if (const auto alerts = top.find("alerts")) service.alerts = read_alerts(*alerts, problems);
  if (const auto notifications = top.find("notifications"))
    service.notifications = read_notifications(*notifications, problems);
  const auto schedule = top.find("release_schedule");
  if (!schedule) return;
  service.schedule = read_schedule(*schedule, problems);
  const bool any = std::ranges::any_of(service.environments, [](const core::Environment& environment) {
    return !environment.gates.calendar.windows.empty();
  });
  if (!any && problems.empty() && !service.schedule.empty())
    problems.report(schedule->key_place, "release_schedule is of environments with windows, and none has any",
                    "write windows for one, or remove it");
}

core::Service read_service(const Node& root, Files& files, Problems& problems) {
  core::Service service;
  const auto top = Section::open({"", root.place, &root}, "", top_keys(), problems);
  if (!top) return service;
  service.name = read_service_name(*top, problems);
  if (const auto metadata = top->find("metadata")) service.metadata = read_metadata(*metadata, problems);

  ReadRun run;
  if (const auto field =
          top->require("run", R"(run: {command: ["./server", "--port", "${PORT}"]})", problems))
    run = read_run(*field, problems);
  ReadEnvironments environments;
  if (const auto field =
          top->require("environments", "environments: {production: {listen: 127.0.0.1:8080}}", problems))
    environments = read_environments(*field, files, problems);
  check_references(run.command, run.variables, environments.variables, problems);
  service.run = std::move(run.run);
  service.environments = std::move(environments.environments);

  const auto strategy = top->find("strategy");
  Strategies strategies = strategy ? read_strategies(*strategy, problems) : default_strategies();
  service.blue_green = std::move(strategies.blue_green);
  service.canary = std::move(strategies.canary);
  if (const auto triggers = top->find("rollback_triggers"))
    service.rollback_triggers = read_triggers(*triggers, problems);
  if (strategy && service.canary.judge.literal && !top->find("rollback_triggers"))
    problems.report(strategy->key_place,
                    "judge: literal: true leaves only the rollback triggers, and there are none",
                    "add rollback_triggers, or remove it from strategy.canary.judge");
  if (const auto smoke = top->find("smoke_tests")) service.smoke_tests = read_smoke_tests(*smoke, problems);
  read_gates_of_service(*top, service, problems);
  return service;
}

}  // namespace

Parsed parse(std::string_view text, const ReadFile& read) {
  Problems problems;
  Files files(read);
  const Document document = load(text, problems);
  Parsed parsed;
  if (document.root != nullptr) parsed.service = read_service(*document.root, files, problems);
  if (problems.empty()) parsed.whole = files.empty() ? std::string(text) : files.put_into(text);
  // The daemon reads the whole alone, and must understand the same.
  if (problems.empty() && !files.empty()) {
    const Parsed again = parse(parsed.whole);
    if (!again.problems.empty() || again.service != parsed.service)
      problems.report(files.first(),
                      again.problems.empty() ? "ical: the file's text can't be put in here"
                                             : fmt::format("ical: with the file's text put in, {}",
                                                           again.problems.front().message),
                      "write the file's name in one line, and a file that is not too large");
  }
  parsed.problems = std::move(problems).take();
  if (!parsed.problems.empty()) parsed.whole.clear();
  return parsed;
}

Result<core::Service> read(std::string_view text, std::string_view file) {
  Parsed parsed = parse(text);
  if (!parsed.problems.empty())
    return fail(ErrorKind::invalid_input, "{}", render(parsed.problems, text, file));
  return std::move(parsed.service);
}

}  // namespace slipway::config
