#include "config/config.h"
#include "config/document.h"
#include "config/environment.h"
#include "config/names.h"
#include "config/references.h"
#include "config/run.h"
#include "config/section.h"
#include "config/smoke.h"
#include "config/strategy.h"
#include "config/triggers.h"

namespace slipway::config {
namespace {

const Keys& top_keys() {
  static const Keys keys{
      {"service", "metadata", "run", "environments", "strategy", "rollback_triggers", "smoke_tests"},
      {"alerts", "checklist", "migrations", "notifications", "release_schedule", "disaster_recovery"},
      planned_for_environments(),
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

core::Service read_service(const Node& root, Problems& problems) {
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
    environments = read_environments(*field, problems);
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
  return service;
}

}  // namespace

Parsed parse(std::string_view text) {
  Problems problems;
  const Document document = load(text, problems);
  Parsed parsed;
  if (document.root != nullptr) parsed.service = read_service(*document.root, problems);
  parsed.problems = std::move(problems).take();
  return parsed;
}

Result<core::Service> read(std::string_view text, std::string_view file) {
  Parsed parsed = parse(text);
  if (!parsed.problems.empty())
    return fail(ErrorKind::invalid_input, "{}", render(parsed.problems, text, file));
  return std::move(parsed.service);
}

}  // namespace slipway::config
