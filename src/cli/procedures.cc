#include "cli/procedures.h"

#include <ranges>

#include "cli/words.h"
#include "core/plan.h"
#include "judge/trigger.h"

namespace slipway::cli {
namespace {

std::string or_dash(const std::string& text) {
  return text.empty() ? "–" : text;
}

std::string title_case(std::string name) {
  if (!name.empty() && name.front() >= 'a' && name.front() <= 'z')
    name.front() = char(name.front() - 'a' + 'A');
  return name == "Dr" ? "DR" : name;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string strategy(const core::Environment& environment, const core::Service& service) {
  if (!environment.canary) return "blue-green";
  std::vector<std::string> weights;
  for (const core::CanaryStep& step : service.canary.steps) weights.push_back(std::to_string(step.weight));
  return fmt::format("canary: {} %", fmt::join(weights, ", "));
}

std::string how(const core::Check& check) {
  switch (check.kind) {
    case core::Check::Kind::run:
      return fmt::format("`{}` ends with status 0", fmt::join(check.command, " "));
    case core::Check::Kind::http:
      return fmt::format("GET {}", check.url);
    case core::Check::Kind::github:
      return check.github == core::Check::GitHub::checks ? "every check of the commit on GitHub succeeded"
                                                         : "the commit's pull request is approved on GitHub";
    case core::Check::Kind::attest:
      return "somebody says so: `slipway attest`";
    case core::Check::Kind::builtin:
      break;
  }
  switch (check.builtin) {
    case core::Check::Builtin::rollback_plan:
      return "there is a way back, in time";
    case core::Check::Builtin::configuration_resolves:
      return "every secret has a value, and every program is there";
    case core::Check::Builtin::traffic_healthy:
      return "the proxy answers, and what users are on is healthy";
    case core::Check::Builtin::alerts_armed:
      return "there are alerts, and who is to hear of them can be reached";
    case core::Check::Builtin::capacity:
      return "there is room for both releases";
  }
  return {};
}

// Where people deploy to: what gates and the fullest process are about.
std::vector<const core::Environment*> by_hand(const core::Service& service) {
  std::vector<const core::Environment*> found;
  for (const core::Environment& environment : service.environments)
    if (!environment.auto_deploy) found.push_back(&environment);
  return found;
}

std::string what_a_test_does(const core::SmokeTest& test) {
  return test.get ? "GET " + *test.get : fmt::format("`{}`", fmt::join(test.command, " "));
}

std::string when(const core::SmokeTest& test) {
  switch (test.when) {
    case core::SmokeTest::When::canary:
      return "before any user";
    case core::SmokeTest::When::promoted:
      return "after promotion, at the public address";
    case core::SmokeTest::When::both:
      break;
  }
  return "before any user, and after promotion";
}

}  // namespace

std::string row(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) {
    line += ' ';
    for (const char c : cell) {
      if (c == '|') line += '\\';
      line += c == '\n' ? ' ' : c;
    }
    line += " |";
  }
  return line + "\n";
}

std::string procedures_of_gates(const core::Service& service) {
  std::string text =
      "## Deployment Environments\n\n" +
      row({"Environment", "Purpose", "URL", "Branch", "Auto-Deploy", "Strategy", "After", "Then"}) +
      "|---|---|---|---|---|---|---|---|\n";
  for (const core::Environment& environment : service.environments)
    text += row({title_case(environment.name), or_dash(environment.purpose), or_dash(environment.url),
                 or_dash(environment.branch), environment.auto_deploy ? "Yes" : "Manual",
                 strategy(environment, service), or_dash(joined(environment.gates.after)),
                 or_dash(joined(environment.gates.then))});
  for (const core::Environment& environment : service.environments) {
    const core::Gates& gates = environment.gates;
    if (!gates.after.empty())
      text += fmt::format("\n{} takes only an artifact (by its digest) that has succeeded in {}.\n",
                          title_case(environment.name), joined(gates.after));
    if (gates.approvals.needed > 0)
      text += fmt::format(
          "\n{} needs the approval of {} other than the author, within {}; else {}.\n",
          title_case(environment.name),
          gates.approvals.needed == 1 ? "one person" : std::to_string(gates.approvals.needed) + " people",
          format_duration(gates.approvals.expires),
          gates.approvals.then == core::Approvals::Expired::abort ? "it doesn't begin"
                                                                  : "it goes on all the same");
    if (gates.rollback_within)
      text += fmt::format("\n{}: a deployment that can't be taken back within {} is refused.\n",
                          title_case(environment.name), format_duration(*gates.rollback_within));
  }
  if (service.checklist.empty()) return text;
  text += "\n## Pre-Deployment Checklist\n\nBefore anything is started in ";
  std::vector<std::string> names;
  for (const core::Environment* environment : by_hand(service)) names.push_back(environment->name);
  text += joined(names) + ":\n";
  std::string group;
  for (const core::Check& check : service.checklist) {
    if (check.group != group) text += fmt::format("\n### {}\n\n", title_case(check.group));
    group = check.group;
    text +=
        fmt::format("- [ ] {} ({}{})\n", check.name, how(check),
                    check.fresh_for ? fmt::format("; good for {}", format_duration(*check.fresh_for)) : "");
  }
  return text +
         "\nA check is set aside with `--override CHECK --reason WHY`, which needs the right to and is "
         "kept.\n";
}

std::string procedures_of_overrides(const std::optional<std::vector<SetAside>>& overrides) {
  constexpr std::size_t shown = 20;
  const std::string heading = "### Checks That Were Set Aside\n\n";
  if (!overrides) return heading + "Not known: `slipway docs` found no daemon to ask.\n";
  if (overrides->empty()) return heading + "None.\n";
  std::string text =
      heading + row({"When", "Environment", "Version", "Check", "By", "Why"}) + "|---|---|---|---|---|---|\n";
  for (const SetAside& each : *overrides | std::views::take(shown))
    text += row(
        {date_and_clock(each.at) + " UTC", each.environment, each.version, each.check, each.by, each.reason});
  if (overrides->size() > shown)
    text += fmt::format("\nAnd {} before those: `slipway audit`.\n", overrides->size() - shown);
  return text;
}

std::string procedures_of_process(const core::Service& service) {
  std::string text = "## Deployment Process\n";
  for (const core::Environment& environment : service.environments) {
    const auto bound = core::bind(service, environment.name);
    if (!bound) continue;
    text += fmt::format("\n### {}\n\n`slipway deploy {} --version VERSION --artifact PATH`\n\n",
                        title_case(environment.name), environment.name);
    int number = 0;
    const auto line = [&](std::string_view what) { text += fmt::format("{}. {}\n", ++number, what); };
    if (!bound->gates.checklist.empty()) line("go through the checklist");
    if (bound->gates.approvals.needed > 0) line("wait for approval");
    if (!bound->gates.calendar.windows.empty()) line("begin within a window");
    const std::vector<core::Stage> stages = core::plan(*bound, core::Request::Kind::deploy, true);
    for (const core::Stage& stage : stages) line(core::describe(stage));
    text += fmt::format(
        "\nIt takes {} at least. Users notice nothing: the old release serves until the new one does.\n",
        format_duration(core::expected(stages)));
  }
  text += "\n## Rollback Procedures\n\n### Automatic Rollback Triggers\n\n";
  if (service.rollback_triggers.empty()) text += "None is configured.\n";
  for (const judge::Trigger& trigger : service.rollback_triggers)
    text += "- " + judge::describe(trigger) + "\n";
  text +=
      "\nA canary also goes back when what its users experience is worse than what stable's do.\n"
      "\n### Manual Rollback\n\n"
      "1. `slipway rollback ENVIRONMENT --reason WHY`: users are back with one switch while the old release "
      "is warm "
      "(before promotion, and until the bake ends); after that it is started again first.\n"
      "2. `slipway status ENVIRONMENT`: who is on what; *stuck* says what a person can do.\n"
      "3. `slipway rollback ENVIRONMENT REVISION`: further back; `slipway releases ENVIRONMENT` lists "
      "revisions.\n"
      "\nGoing back is always allowed: no window, blackout, freeze or approval stands in its way.\n";
  for (const core::Environment& environment : service.environments)
    if (environment.gates.rollback_within)
      text += fmt::format("\nRollback time in {}: within {}.\n", environment.name,
                          format_duration(*environment.gates.rollback_within));
  if (service.smoke_tests.empty()) return text;
  text += "\n## Smoke Tests\n\n" + row({"Test", "What", "When"}) + "|---|---|---|\n";
  for (const core::SmokeTest& test : service.smoke_tests)
    text += row({test.name, what_a_test_does(test), when(test)});
  return text;
}

std::string procedures(const core::Service& service, const std::optional<std::vector<SetAside>>& overrides) {
  std::string text = fmt::format(
      "# Deployment Procedures: {}\n\nMade by `slipway docs` of the configuration.\n\n", service.name);
  text += procedures_of_gates(service) + "\n";
  if (!service.checklist.empty()) text += procedures_of_overrides(overrides) + "\n";
  text += procedures_of_process(service) + "\n";
  if (const std::string telling = procedures_of_telling(service); !telling.empty()) text += telling + "\n";
  text += procedures_of_calendar(service);
  if (service.metadata.empty()) return text;
  text += "\n---\n\n";
  for (const auto& [name, value] : service.metadata) {
    std::string words = name;
    for (char& c : words)
      if (c == '_') c = ' ';
    text += fmt::format("- {}: {}\n", title_case(words), value);
  }
  return text;
}

}  // namespace slipway::cli
