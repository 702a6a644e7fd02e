#include "config/schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/day.h"
#include "config/gates.h"

namespace slipway::config {
namespace {

using calendar::Turn;

constexpr std::string_view forms =
    "write quarterly, {quarterly: first Tuesday}, {monthly: first Tuesday}, {window: emergency} or "
    "{any: true}";

// "first Tuesday"
void read_day(const Field& field, Turn& turn, Problems& problems) {
  static const std::vector<std::string> order{"first", "second", "third", "fourth", "last"};
  const auto word = read_text(field, problems);
  if (!word) return;
  const std::string_view text = word->text;
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view which = text.substr(0, space);
  const std::string_view day = space < text.size() ? text.substr(space + 1) : std::string_view();
  const auto found = std::ranges::find(order, which);
  const auto weekday = parse_weekday(day);
  if (found != order.end() && weekday) {
    turn.nth = which == "last" ? -1 : static_cast<int>(found - order.begin()) + 1;
    turn.weekday = weekday;
    return;
  }
  const std::string message = fmt::format("{}: \"{}\" is not a day of the month", field.key, text);
  const auto meant_which = found != order.end() ? std::optional(*found) : nearest(which, order);
  const auto meant_day = weekday ? std::optional(std::string(day)) : nearest(day, weekday_names());
  if (meant_which && meant_day)
    problems.report(word->place,
                    fmt::format("{}; did you mean \"{} {}\"?", message, *meant_which, *meant_day));
  else
    problems.report(word->place, message,
                    "write first, second, third, fourth or last, and a day of the week: first Tuesday");
}

Turn::Kind read_window(const Field& field, Problems& problems) {
  const auto word = read_text(field, problems);
  if (word && word->text != "emergency")
    problems.report(word->place, fmt::format("window: \"{}\" is not a window of releases", word->text),
                    "write emergency, or leave the class out: it goes in the environment's windows");
  return Turn::Kind::emergency;
}

Turn::Kind read_any(const Field& field, Problems& problems) {
  if (read_truth(field, problems) == false)
    problems.report(field.place(), "any: false says nothing",
                    "write true, or leave the class out: it goes in the environment's windows");
  return Turn::Kind::anytime;
}

Turn read_word(const Field& field, const std::string& where, Problems& problems) {
  Turn turn;
  const auto word = read_text(field, problems);
  if (!word) return turn;
  if (word->text == "quarterly")
    turn.kind = Turn::Kind::quarterly;
  else if (word->text == "monthly")
    problems.report(word->place, fmt::format("{}: monthly says no day", where),
                    "write {monthly: first Tuesday}");
  else
    problems.report(word->place, fmt::format("{}: \"{}\" is no turn of a release", where, word->text), forms);
  return turn;
}

Turn read_turn(const Field& field, Problems& problems) {
  const std::string where = "release_schedule." + field.key;
  if (field.value->kind != Node::Kind::map) return read_word(field, where, problems);
  Turn turn;
  const auto section =
      Section::open(field, where, {{"quarterly", "monthly", "window", "any", "approvals"}}, problems);
  if (!section) return turn;
  std::optional<Field> kind;
  for (const char* key : {"quarterly", "monthly", "window", "any"}) {
    const auto found = section->find(key);
    if (!found) continue;
    if (kind) {
      problems.report(found->key_place, fmt::format("{} comes in one way: {} or {}", where, kind->key, key),
                      "remove one of them");
      return turn;
    }
    kind = found;
  }
  if (section->fields().empty())
    problems.report(section->place(), fmt::format("{} says nothing", where), forms);
  if (kind && kind->key == "window") {
    turn.kind = read_window(*kind, problems);
  } else if (kind && kind->key == "any") {
    turn.kind = read_any(*kind, problems);
  } else if (kind) {
    turn.kind = kind->key == "monthly" ? Turn::Kind::monthly : Turn::Kind::quarterly;
    read_day(*kind, turn, problems);
  }
  if (const auto approvals = section->find("approvals"))
    turn.approvals = read_whole(*approvals, 0, most_people, problems).value_or(0);
  return turn;
}

}  // namespace

calendar::Schedule read_schedule(const Field& field, Problems& problems) {
  calendar::Schedule schedule;
  const auto section =
      Section::open(field, "release_schedule", {{"major", "minor", "patch", "hotfix"}}, problems);
  if (!section) return schedule;
  const auto turn = [&](std::string_view key, std::optional<Turn>& into) {
    if (const auto found = section->find(key)) into = read_turn(*found, problems);
  };
  turn("major", schedule.major);
  turn("minor", schedule.minor);
  turn("patch", schedule.patch);
  turn("hotfix", schedule.hotfix);
  return schedule;
}

}  // namespace slipway::config
