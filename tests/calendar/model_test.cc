#include "calendar/model.h"

#include <date/tz.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "calendar/moment.h"
#include "calendar/openness.h"

namespace slipway::calendar {
namespace {

// Rules as people may write them, and stranger ones.
class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : draw_(seed) {}
  int up_to(int most) { return static_cast<int>(draw_() % static_cast<unsigned>(most)); }  // exclusive
  bool one_in(int many) { return up_to(many) == 0; }

  Rules rules(const std::string& zone) {
    Rules rules;
    for (int i = up_to(4); i > 0; --i) rules.windows.push_back(window(zone_or_utc(zone)));
    for (int i = up_to(3); i > 0; --i) {
      if (one_in(3))
        rules.blackouts.emplace_back(dates(zone_or_utc(zone)));
      else
        rules.blackouts.emplace_back(YearlyBlackout{day_of_year(), day_of_year(), zone_or_utc(zone), {}});
    }
    return rules;
  }
  std::optional<Turn> turn() {
    Turn turn;
    turn.nth = one_in(5) ? -1 : 1 + up_to(4);
    if (!one_in(3)) turn.weekday = up_to(7);
    switch (up_to(5)) {
      case 0:
        turn.kind = Turn::Kind::monthly;
        turn.weekday = up_to(7);
        return turn;
      case 1:
        turn.kind = Turn::Kind::quarterly;
        return turn;
      case 2:
        turn.kind = one_in(2) ? Turn::Kind::anytime : Turn::Kind::emergency;
        return turn;
      default:
        return std::nullopt;
    }
  }

 private:
  std::string zone_or_utc(const std::string& zone) { return one_in(4) ? "UTC" : zone; }
  Window window(std::string zone) {
    Window window{.zone = std::move(zone)};
    if (!one_in(3))
      for (bool& on : window.days) on = one_in(2);
    // At the hours at which clocks are changed, more often than at others.
    window.from = Minutes(one_in(2) ? 15 * up_to(16) : up_to(1440));
    window.to = one_in(8) ? Minutes(1440) : Minutes(one_in(2) ? 15 * up_to(16) : up_to(1440));
    return window;
  }
  DayOfYear day_of_year() {
    switch (up_to(6)) {
      case 0:
        return {2, 29};
      case 1:
        return {2, 28};
      case 2:
        return {12, 31};
      default: {
        const int month = 1 + up_to(12);
        return {month, 1 + up_to(month == 2 ? 29 : 30)};
      }
    }
  }
  DatesBlackout dates(std::string zone) {
    DatesBlackout blackout{{"2024-02-29", "2028-02-29"}, std::move(zone), {}};
    for (int i = up_to(20); i > 0; --i)
      blackout.dates.push_back(fmt::format("{}-{:02}-{:02}", 2024 + up_to(10), 1 + up_to(12), 1 + up_to(28)));
    return blackout;
  }

  std::mt19937_64 draw_;
};

std::string words(const Rules& rules, const std::optional<Turn>& turn) {
  return Json{{"rules", rules}, {"turn", turn}}.dump();
}

Time time(std::int64_t seconds) {
  return Time(std::chrono::seconds(seconds));
}

std::int64_t seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// What the slots leave open of the span.
Spans open(const Slots& slots, Span span) {
  Spans spans,
      closed{{span.from - 1000 * seconds_per_day, span.from}, {span.to, span.to + 1000 * seconds_per_day}};
  if (!slots.restricted) spans.push_back(span);
  for (const Slot& slot : slots.open) spans.push_back({seconds(slot.from), seconds(slot.to)});
  for (const Closure& closure : slots.closed) closed.push_back({seconds(closure.from), seconds(closure.to)});
  return without(united(std::move(spans)), united(std::move(closed)));
}

std::string difference(const Spans& one, const Spans& other) {
  const auto [a, b] = std::ranges::mismatch(one, other);
  const auto text = [](const auto& spans, auto at) {
    return at == spans.end()
               ? std::string("nothing")
               : fmt::format("{} to {}", format_time(time(at->from)), format_time(time(at->to)));
  };
  return fmt::format("{}, where the clock on the wall says {}", text(one, a), text(other, b));
}

class TheClockOnTheWall : public testing::Test {
 protected:
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  const Span ten_years{day_number(2024, 1, 1) * seconds_per_day, day_number(2034, 1, 1) * seconds_per_day};
};

// In every zone that this machine knows, at every moment of ten years: with it all changes of the clock, leap
// days, New Years, months and quarters of these years. Each zone has drawn windows, blackouts and a turn.
TEST_F(TheClockOnTheWall, AgreesInAllZonesAtEachMomentOfTenYears) {
  std::uint64_t seed = 20'261'130;
  int zones = 0;
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    Drawing draw(++seed);
    const Rules rules = draw.rules(zone.name());
    const std::optional<Turn> turn = draw.turn();
    const auto slots = resolve(rules, turn, time(ten_years.from), time(ten_years.to));
    ASSERT_TRUE(slots) << zone.name() << ": " << slots.error().message;
    const Spans resolved = open(*slots, ten_years), expected = Model(rules, turn, ten_years).open();
    ASSERT_TRUE(resolved == expected)
        << zone.name() << ", seed " << seed << ": " << difference(resolved, expected) << "\n"
        << words(rules, turn);
    ++zones;
  }
  EXPECT_GT(zones, 300);
}

// With freezes and emergency windows on top: open now, until when, and when next for something that takes so
// long. Nothing that fits lies before what is called next.
TEST_F(TheClockOnTheWall, SaysWhenItClosesAndWhenSomethingFitsNext) {
  const Span year{day_number(2027, 6, 1) * seconds_per_day, day_number(2028, 6, 1) * seconds_per_day};
  int opened = 0, waited = 0;
  for (const char* zone : {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Gaza",
                           "Africa/Casablanca", "Pacific/Apia", "America/St_Johns"}) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      Drawing draw(seed * 7919);
      const Rules rules = draw.rules(zone);
      const auto slots = resolve(rules, {}, time(year.from), time(year.to));
      ASSERT_TRUE(slots);
      std::vector<Closure> freezes;
      std::vector<Slot> emergencies;
      Spans frozen, emergency;
      for (int i = draw.up_to(4); i > 0; --i) {
        const std::int64_t from = year.from + draw.up_to(364) * seconds_per_day + draw.up_to(86'400);
        frozen.push_back({from, from + 1 + draw.up_to(20 * 86'400)});
        freezes.push_back({time(frozen.back().from), time(frozen.back().to), "frozen"});
        emergency.push_back({from - draw.up_to(86'400), from + 1 + draw.up_to(4 * 3'600)});
        emergencies.push_back({time(emergency.back().from), time(emergency.back().to), {}});
      }
      Spans all = Model(rules, {}, year).open();
      all.insert(all.end(), emergency.begin(), emergency.end());
      all = without(united(std::move(all)), united(frozen));
      for (int i = 0; i < 200; ++i) {
        const std::int64_t now = year.from + draw.up_to(300) * seconds_per_day + draw.up_to(86'400);
        const std::int64_t expected = draw.up_to(3) == 0 ? 0 : draw.up_to(30 * 3'600);
        const Openness seen = look(*slots, freezes, emergencies, time(now), std::chrono::seconds(expected));
        const auto reached = std::ranges::find_if(all, [&](const Span& span) { return span.to > now; });
        const bool is_open = reached != all.end() && reached->from <= now;
        const auto next = std::ranges::find_if(all, [&](const Span& span) {
          return span.to > now && span.to - std::max(span.from, now) >= expected;
        });
        SCOPED_TRACE(fmt::format("{} seed {} at {} for {} s\n{}", zone, seed, format_time(time(now)),
                                 expected, words(rules, {})));
        ASSERT_EQ(seen.open, is_open);
        // Where nothing is restricted, it isn't known either when what is known ends.
        if (is_open && reached->to < year.to) {
          ASSERT_TRUE(seen.until);
          ASSERT_EQ(format_time(*seen.until), format_time(time(reached->to)));
        }
        if (next == all.end() || next->to >= year.to) continue;
        ASSERT_TRUE(seen.next);
        ASSERT_EQ(format_time(*seen.next), format_time(time(std::max(next->from, now))));
        ASSERT_EQ(seen.fits, next->from <= now);
        seen.fits ? ++opened : ++waited;
      }
    }
  }
  EXPECT_GT(opened, 500);
  EXPECT_GT(waited, 500);
}

// What was decided by is what was journalled.
TEST_F(TheClockOnTheWall, IsKeptAsItWasResolved) {
  std::uint64_t seed = 1;
  for (const char* zone : {"Europe/Berlin", "Australia/Lord_Howe", "America/Havana"})
    for (int i = 0; i < 20; ++i) {
      Drawing draw(++seed);
      const auto slots = resolve(draw.rules(zone), draw.turn(), time(ten_years.from),
                                 time(ten_years.from + 400 * seconds_per_day));
      ASSERT_TRUE(slots);
      EXPECT_EQ(Json::parse(Json(*slots).dump()).get<Slots>(), *slots);
    }
}

}  // namespace
}  // namespace slipway::calendar
