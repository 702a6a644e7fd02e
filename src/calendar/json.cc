#include <type_traits>

#include "base/words.h"
#include "calendar/schedule.h"
#include "calendar/slots.h"

// As they are journalled: keys that are missing keep their defaults.
namespace slipway::calendar {

using TurnKind = Turn::Kind;

namespace {
constexpr std::array classes{
    Word<ReleaseClass>{ReleaseClass::major, "major"}, Word<ReleaseClass>{ReleaseClass::minor, "minor"},
    Word<ReleaseClass>{ReleaseClass::patch, "patch"}, Word<ReleaseClass>{ReleaseClass::hotfix, "hotfix"}};
}  // namespace

void to_json(Json& json, ReleaseClass of) {
  write_word(json, of, classes);
}
void from_json(const Json& json, ReleaseClass& of) {
  read_word(json, of, classes);
}

std::string_view name(ReleaseClass of) {
  for (const auto& [value, word] : classes)
    if (value == of) return word;
  return "";
}

SLIPWAY_WORDS(TurnKind, Word<TurnKind>{TurnKind::any, "any"}, Word<TurnKind>{TurnKind::monthly, "monthly"},
              Word<TurnKind>{TurnKind::quarterly, "quarterly"},
              Word<TurnKind>{TurnKind::emergency, "emergency"}, Word<TurnKind>{TurnKind::anytime, "anytime"})
SLIPWAY_JSON(Turn, kind, nth, weekday, approvals)
SLIPWAY_JSON(Schedule, major, minor, patch, hotfix)

const std::optional<Turn>& Schedule::of(ReleaseClass which) const {
  switch (which) {
    case ReleaseClass::major:
      return major;
    case ReleaseClass::minor:
      return minor;
    case ReleaseClass::patch:
      return patch;
    case ReleaseClass::hotfix:
      break;
  }
  return hotfix;
}

SLIPWAY_JSON(Slot, from, to, longest)
SLIPWAY_JSON(Closure, from, to, why)
SLIPWAY_JSON(Slots, restricted, rule, open, closed, from, until)

static void to_json(Json& json, const Window& window) {
  json = {{"days", window.days},
          {"from", window.from.count()},
          {"to", window.to.count()},
          {"zone", window.zone},
          {"longest", window.longest}};
}
static void from_json(const Json& json, Window& window) {
  json.at("days").get_to(window.days);
  window.from = Minutes(json.at("from").get<int>());
  window.to = Minutes(json.at("to").get<int>());
  json.at("zone").get_to(window.zone);
  window.longest = json.value("longest", std::optional<Duration>());
}

static void to_json(Json& json, const DayOfYear& day) {
  json = {{"month", day.month}, {"day", day.day}};
}
static void from_json(const Json& json, DayOfYear& day) {
  json.at("month").get_to(day.month);
  json.at("day").get_to(day.day);
}

static void to_json(Json& json, const Blackout& blackout) {
  if (const auto* yearly = std::get_if<YearlyBlackout>(&blackout))
    json = {{"from", yearly->from}, {"to", yearly->to}, {"zone", yearly->zone}, {"reason", yearly->reason}};
  else if (const auto* dates = std::get_if<DatesBlackout>(&blackout))
    json = {{"dates", dates->dates}, {"zone", dates->zone}, {"reason", dates->reason}};
  else
    json = {{"file", std::get<CalendarBlackout>(blackout).file},
            {"text", std::get<CalendarBlackout>(blackout).text}};
}
static void from_json(const Json& json, Blackout& blackout) {
  if (json.contains("from"))
    blackout = YearlyBlackout{json.at("from").get<DayOfYear>(), json.at("to").get<DayOfYear>(),
                              json.at("zone").get<std::string>(), json.at("reason").get<std::string>()};
  else if (json.contains("dates"))
    blackout = DatesBlackout{json.at("dates").get<std::vector<std::string>>(),
                             json.at("zone").get<std::string>(), json.at("reason").get<std::string>()};
  else
    blackout = CalendarBlackout{json.at("file").get<std::string>(), json.at("text").get<std::string>()};
}

void to_json(Json& json, const Rules& rules) {
  json["windows"] = Json::array();
  for (const Window& window : rules.windows) to_json(json["windows"].emplace_back(), window);
  json["blackouts"] = Json::array();
  for (const Blackout& blackout : rules.blackouts) to_json(json["blackouts"].emplace_back(), blackout);
}
void from_json(const Json& json, Rules& rules) {
  rules = {};
  for (const Json& window : json.at("windows")) from_json(window, rules.windows.emplace_back());
  for (const Json& blackout : json.at("blackouts")) from_json(blackout, rules.blackouts.emplace_back());
}

}  // namespace slipway::calendar
