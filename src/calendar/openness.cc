#include "calendar/openness.h"

#include <algorithm>

#include "calendar/moment.h"

namespace slipway::calendar {
namespace {

template <class Span>
bool contains(const Span& span, Time time) {
  return span.from <= time && time < span.to;
}

// What holds at one moment, and where it may change.
class View {
 public:
  View(const Slots& slots, std::span<const Closure> freezes, std::span<const Slot> emergencies)
      : slots_(slots), freezes_(freezes), emergencies_(emergencies) {}

  const Slot* slot(Time time) const {
    const auto after = std::ranges::upper_bound(slots_.open, time, {}, &Slot::from);
    if (after == slots_.open.begin()) return nullptr;
    const Slot& candidate = *std::prev(after);
    return contains(candidate, time) ? &candidate : nullptr;
  }
  const Closure* freeze(Time time) const { return in(freezes_, time); }
  const Closure* closure(Time time) const { return in(slots_.closed, time); }
  bool emergency(Time time) const {
    return std::ranges::any_of(emergencies_, [&](const Slot& slot) { return contains(slot, time); });
  }
  bool open(Time time) const {
    if (freeze(time) != nullptr) return false;
    if (emergency(time)) return true;
    return closure(time) == nullptr && (!slots_.restricted || slot(time) != nullptr);
  }
  // What opens it now allows no deployment that is expected to take so long.
  bool too_long(Time time, Duration expected) const {
    const Slot* found = emergency(time) ? nullptr : slot(time);
    return found != nullptr && found->longest && expected > *found->longest;
  }
  std::string why_closed(Time time) const {
    for (const Closure* closed : {freeze(time), closure(time)})
      if (closed != nullptr) return fmt::format("{}, until {}", closed->why, format_moment(closed->to));
    return "it " + slots_.rule;
  }
  // Ascending, all after `time`.
  std::vector<Time> changes(Time time) const {
    std::vector<Time> times;
    const auto add = [&](const auto& spans) {
      for (const auto& span : spans) {
        if (span.from > time) times.push_back(span.from);
        if (span.to > time) times.push_back(span.to);
      }
    };
    add(slots_.open);
    add(slots_.closed);
    add(freezes_);
    add(emergencies_);
    std::ranges::sort(times);
    times.erase(std::ranges::unique(times).begin(), times.end());
    return times;
  }

 private:
  static const Closure* in(std::span<const Closure> closures, Time time) {
    for (const Closure& closure : closures)
      if (contains(closure, time)) return &closure;
    return nullptr;
  }

  const Slots& slots_;
  std::span<const Closure> freezes_;
  std::span<const Slot> emergencies_;
};

}  // namespace

Openness look(const Slots& slots, std::span<const Closure> freezes, std::span<const Slot> emergencies,
              Time now, Duration expected) {
  const View view(slots, freezes, emergencies);
  std::vector<Time> times = view.changes(now);
  times.insert(times.begin(), now);
  std::vector<bool> open(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) open[i] = view.open(times[i]);
  // From the last to the first: when what is open closes, nothing if never.
  std::vector<std::optional<Time>> closes(times.size());
  for (std::size_t i = times.size() - 1; i-- > 0;) closes[i] = open[i + 1] ? closes[i + 1] : times[i + 1];
  const auto fits = [&](std::size_t i) {
    return open[i] && (!closes[i] || *closes[i] - times[i] >= expected) && !view.too_long(times[i], expected);
  };

  Openness result{.open = open[0], .fits = fits(0)};
  if (result.open) result.until = closes[0];
  if (!result.open)
    result.why = view.why_closed(now);
  else if (view.too_long(now, expected))
    result.why = fmt::format("no deployment may take longer than {} there, and this takes {}",
                             format_duration(*view.slot(now)->longest), format_duration(expected));
  else if (!result.fits)
    result.why = fmt::format("it closes at {} ({}), and this takes {}", format_moment(*closes[0]),
                             view.why_closed(*closes[0]), format_duration(expected));
  for (std::size_t i = 0; i < times.size() && !result.next; ++i)
    if (fits(i)) result.next = times[i];
  return result;
}

}  // namespace slipway::calendar
