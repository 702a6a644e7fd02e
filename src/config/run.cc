#include "config/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/expectation.h"
#include "config/names.h"
#include "config/number.h"

namespace slipway::config {
namespace {

constexpr int least_maximum_percent = 200;
constexpr Duration shortest{1};

void read_engine(const Field& field, Problems& problems) {
  const auto word = read_text(field, problems);
  if (!word || word->text == "process") return;
  const std::vector<std::string> later{"container", "ecs", "kubernetes"};
  if (std::ranges::find(later, word->text) != later.end())
    return problems.report(word->place, fmt::format("engine {} in run is not supported yet", word->text),
                           "remove it, or write process");
  std::vector<std::string> engines = later;
  engines.insert(engines.begin(), "process");
  const auto meant = nearest(word->text, engines);
  const std::string message = fmt::format("engine: \"{}\" is not an engine", word->text);
  if (meant) return problems.report(word->place, fmt::format("{}; did you mean \"{}\"?", message, *meant));
  problems.report(word->place, message, "write process");
}

std::optional<int> read_maximum_percent(const Field& field, Problems& problems) {
  const auto percent = read_whole(field, 0, 1000, problems);
  if (!percent || *percent >= least_maximum_percent) return percent;
  problems.report(
      field.place(),
      fmt::format("maximum_percent: {} is too low: the new release starts at full capacity beside the old",
                  *percent),
      fmt::format("write {} or more", least_maximum_percent));
  return std::nullopt;
}

// What a pool can't do without: as Envoy and AWS's balancers have it.
constexpr int usual_panic = 50;

std::optional<int> read_panic(const Field& field, Problems& problems) {
  constexpr std::int64_t millionths = 10'000;  // of one per cent
  const auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const auto share = parse_share(word->text);
  if (share && *share % millionths == 0 && *share <= 100 * millionths)
    return static_cast<int>(*share / millionths);
  problems.report(word->place, fmt::format("panic: \"{}\" is not a share of the instances", word->text),
                  "write whole per cent from 0% to 100%, such as 50%");
  return std::nullopt;
}

core::HealthCheck read_health(const Field& field, Problems& problems) {
  core::HealthCheck health;
  health.panic = usual_panic;
  const auto section = Section::open(
      field, "run.health", {{"http", "host", "expect", "interval", "timeout", "grace", "panic"}}, problems);
  if (!section) return health;
  if (const auto host = section->find("host")) health.host = read_host(*host, problems).value_or("");
  if (const auto panic = section->find("panic"))
    health.panic = read_panic(*panic, problems).value_or(health.panic);
  if (const auto http = section->find("http")) health.path = read_path(*http, problems).value_or("/");
  if (const auto expect = section->find("expect"))
    health.expect = read_expectation(*expect, "run.health.expect", problems);
  const auto duration = [&](std::string_view key, Duration& into, Duration least) {
    if (const auto found = section->find(key)) into = read_duration(*found, least, problems).value_or(into);
  };
  duration("interval", health.interval, Duration(100));
  duration("timeout", health.timeout, shortest);
  duration("grace", health.grace, shortest);
  return health;
}

}  // namespace

ReadRun read_run(const Field& field, Problems& problems) {
  ReadRun read;
  const auto section = Section::open(
      field, "run",
      {{"engine", "command", "env", "instances", "maximum_percent", "health", "drain", "progress_deadline"}},
      problems);
  if (!section) return read;
  core::Run& run = read.run;
  run.health.panic = usual_panic;
  if (const auto engine = section->find("engine")) read_engine(*engine, problems);
  if (const auto command =
          section->require("command", R"(command: ["./server", "--port", "${PORT}"])", problems))
    read.command = read_command(*command, problems);
  run.command = texts(read.command);
  if (const auto env = section->find("env")) read.variables = read_variables(*env, "run.env", problems);
  run.env = read.variables.values;
  if (const auto instances = section->find("instances"))
    run.instances = read_whole(*instances, 1, most_instances, problems).value_or(run.instances);
  if (const auto percent = section->find("maximum_percent"))
    run.maximum_percent = read_maximum_percent(*percent, problems).value_or(run.maximum_percent);
  if (const auto health = section->find("health")) run.health = read_health(*health, problems);
  if (const auto drain = section->find("drain"))
    run.drain = read_duration(*drain, Duration(0), problems).value_or(run.drain);
  if (const auto deadline = section->find("progress_deadline"))
    run.progress_deadline = read_duration(*deadline, shortest, problems).value_or(run.progress_deadline);
  return read;
}

}  // namespace slipway::config
