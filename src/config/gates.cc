#include "config/gates.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/choice.h"
#include "config/windows.h"

namespace slipway::config {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::vector<Word> read_neighbours(const Field& field, Problems& problems) {
  std::vector<Word> names;
  for (Field& item : read_list(field, problems)) {
    item.key = "a name in " + field.key;
    auto name = read_text(item, problems);
    if (!name) continue;
    if (std::ranges::find(names, name->text, &Word::text) != names.end())
      problems.report(name->place, fmt::format("{}: {} is there already", field.key, name->text),
                      "remove it");
    else
      names.push_back(std::move(*name));
  }
  return names;
}

core::Approvals read_approvals(const Field& field, const std::string& where, Problems& problems) {
  core::Approvals approvals;
  if (field.value->kind != Node::Kind::map) {
    approvals.needed = read_whole(field, 0, most_people, problems).value_or(0);
    return approvals;
  }
  using enum core::Approvals::Expired;
  const auto section = Section::open(field, where + ".approvals", {{"needed", "expires", "then"}}, problems);
  if (!section) return approvals;
  if (const auto needed = section->require("needed", "needed: 1", problems))
    approvals.needed = read_whole(*needed, 0, most_people, problems).value_or(0);
  if (const auto expires = section->find("expires"))
    approvals.expires = read_duration(*expires, seconds(1), problems).value_or(approvals.expires);
  if (const auto then = section->find("then"))
    approvals.then = read_choice<core::Approvals::Expired>(*then, {{"abort", abort}, {"proceed", proceed}},
                                                           "what to do once they expire", problems)
                         .value_or(abort);
  return approvals;
}

core::EmergencyRule read_emergency(const Field& field, const std::string& where, Problems& problems) {
  core::EmergencyRule rule;
  const auto section = Section::open(field, where + ".emergency", {{"people", "longest"}}, problems);
  if (!section) return rule;
  if (const auto people = section->find("people"))
    rule.people = read_whole(*people, 1, most_people, problems).value_or(rule.people);
  if (const auto longest = section->find("longest"))
    rule.longest = read_duration(*longest, minutes(1), problems).value_or(rule.longest);
  return rule;
}

}  // namespace

const std::vector<std::string>& gate_keys() {
  static const std::vector<std::string> keys{"after",    "then",      "windows",   "blackouts",
                                             "at_close", "approvals", "emergency", "rollback_within"};
  return keys;
}

core::Gates read_gates(const Section& environment, Neighbours& neighbours, Files& files, Problems& problems) {
  core::Gates gates;
  const std::string& where = environment.where();
  if (const auto after = environment.find("after")) neighbours.after = read_neighbours(*after, problems);
  if (const auto then = environment.find("then")) neighbours.then = read_neighbours(*then, problems);
  gates.after = texts(neighbours.after);
  gates.then = texts(neighbours.then);
  if (const auto windows = environment.find("windows"))
    gates.calendar.windows = read_windows(*windows, where, problems);
  if (const auto blackouts = environment.find("blackouts"))
    gates.calendar.blackouts = read_blackouts(*blackouts, where, files, problems);
  if (const auto at_close = environment.find("at_close")) {
    using enum core::AtClose;
    gates.at_close =
        read_choice<core::AtClose>(*at_close, {{"finish", finish}, {"hold", hold}, {"roll_back", roll_back}},
                                   "what to do when a window closes", problems)
            .value_or(finish);
  }
  if (const auto approvals = environment.find("approvals"))
    gates.approvals = read_approvals(*approvals, where, problems);
  if (const auto emergency = environment.find("emergency"))
    gates.emergency = read_emergency(*emergency, where, problems);
  if (const auto within = environment.find("rollback_within"))
    gates.rollback_within = read_duration(*within, seconds(1), problems);
  return gates;
}

}  // namespace slipway::config
