#include "config/checklist.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/choice.h"
#include "config/command.h"
#include "config/expectation.h"
#include "config/names.h"

namespace slipway::config {
namespace {

using core::Check;
using std::chrono::seconds;

constexpr std::size_t most_checks = 200;

using Builtins = std::vector<std::pair<std::string, Check::Builtin>>;
const Builtins& builtins() {
  using enum Check::Builtin;
  static const Builtins known{{"rollback_plan", rollback_plan},
                              {"configuration_resolves", configuration_resolves},
                              {"traffic_healthy", traffic_healthy},
                              {"alerts_armed", alerts_armed},
                              {"capacity", capacity}};
  return known;
}

const std::vector<std::string>& later_builtins() {
  static const std::vector<std::string> later{"flags_exist", "migrations_rehearsed", "migrations_linted"};
  return later;
}

bool is_later(const Field& builtin) {
  return builtin.value->kind == Node::Kind::scalar &&
         std::ranges::find(later_builtins(), builtin.value->text) != later_builtins().end();
}

Check::Builtin read_builtin(const Field& field, Problems& problems) {
  if (!is_later(field))
    return read_choice<Check::Builtin>(field, builtins(), "a built-in check", problems)
        .value_or(Check::Builtin::rollback_plan);
  problems.report(field.place(),
                  fmt::format("builtin {} in checklist is not supported yet", field.value->text),
                  "remove the check, or have it attested by somebody: attest: true");
  return Check::Builtin::rollback_plan;
}

// What a check says beside its kind, where it means something.
void read_rest(const Section& section, Check& check, Problems& problems) {
  if (const auto expect = section.find("expect")) {
    if (check.kind != Check::Kind::http)
      problems.report(
          expect->key_place, "expect is about an answer, and this check asks no http",
          check.kind == Check::Kind::run ? "remove it: the command's exit status decides" : "remove it");
    check.expect = read_expectation(*expect, "checklist.expect", problems);
  }
  if (const auto timeout = section.find("timeout")) {
    if (check.kind == Check::Kind::attest)
      problems.report(timeout->key_place, "timeout: a person is waited for", "remove it");
    check.timeout = read_duration(*timeout, Duration(1), problems).value_or(check.timeout);
  }
  if (const auto fresh = section.find("fresh_for"))
    check.fresh_for = read_duration(*fresh, seconds(1), problems);
  const auto flags = section.find("flags");
  const auto builtin = section.find("builtin");
  if (flags && !(builtin && is_later(*builtin)))
    problems.report(flags->key_place, "flags belongs beside builtin: flags_exist", "remove it");
}

// The kind and what belongs to it; nothing where there isn't exactly one.
bool read_kind(const Section& section, Check& check, Problems& problems) {
  std::optional<Field> found;
  for (const char* key : {"run", "http", "github", "attest", "builtin"}) {
    const auto field = section.find(key);
    if (!field) continue;
    if (found) {
      problems.report(field->key_place, fmt::format("a check does one thing: {} or {}", found->key, key),
                      "remove one, or write two checks");
      return false;
    }
    found = field;
  }
  if (!found) {
    problems.report(section.place(), "a check needs something to look at",
                    "add run: [command], http: URL, github: checks, builtin: NAME or attest: true");
    return false;
  }
  if (found->key == "run") {
    check.kind = Check::Kind::run;
    check.command = read_plain_command(*found, "a check's command", shell_puts_in, problems);
  } else if (found->key == "http") {
    check.kind = Check::Kind::http;
    check.url = read_web_address(*found, problems).value_or("");
  } else if (found->key == "github") {
    check.kind = Check::Kind::github;
    check.github = read_choice<Check::GitHub>(
                       *found, {{"checks", Check::GitHub::checks}, {"approved", Check::GitHub::approved}},
                       "something to ask GitHub", problems)
                       .value_or(Check::GitHub::checks);
  } else if (found->key == "builtin") {
    check.kind = Check::Kind::builtin;
    check.builtin = read_builtin(*found, problems);
  } else if (const auto attest = read_truth(*found, problems); attest == false) {
    problems.report(found->place(), "attest: false leaves nothing to look at",
                    "write true, or remove the check");
  }
  return true;
}

Check read_check(const Field& item, const std::string& group, UniqueNames& names, Problems& problems) {
  Check check;
  check.group = group;
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a check must hold keys and their values",
                    "write it as {name: Backup completed, run: [\"./backup\"]}");
    return check;
  }
  const auto section = Section::open(
      item, "checklist." + group,
      {{"name", "run", "http", "github", "attest", "builtin", "expect", "timeout", "fresh_for", "flags"}},
      problems);
  if (!section) return check;
  check.name = names.read(*section, problems);
  if (read_kind(*section, check, problems)) read_rest(*section, check, problems);
  return check;
}

}  // namespace

std::vector<Check> read_checklist(const Field& field, Problems& problems) {
  std::vector<Check> checks;
  if (field.value->kind == Node::Kind::list) {
    problems.report(field.key_place, "checklist must hold groups of checks",
                    "write a name for them above: checklist: {code: [{name: …, …}]}");
    return checks;
  }
  const auto groups = Section::open_free(field, "checklist", problems);
  if (!groups) return checks;
  UniqueNames names("check");
  for (const Field& group : groups->fields()) {
    if (group.key.empty() || group.key.find_first_of("\r\n") != std::string::npos)
      problems.report(group.key_place, "the name of a group of checks is one line of text",
                      "say what its checks are about");
    if (checks.size() + group.value->items.size() > most_checks) {
      problems.report(group.key_place, fmt::format("there are more than {} checks", most_checks),
                      "write fewer");
      return checks;
    }
    for (const Field& item : read_list(group, problems))
      checks.push_back(read_check(item, group.key, names, problems));
  }
  return checks;
}

}  // namespace slipway::config
