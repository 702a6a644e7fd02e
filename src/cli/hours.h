#pragma once

#include "calendar/openness.h"
#include "calendar/zone.h"
#include "cli/view.h"
#include "core/gates.h"

// When an environment may be deployed to: by the configuration, and by what people have said to the daemon.
namespace slipway::cli {

struct Hours {
  calendar::Zone zone;  // of its first window, else of its first blackout that has one, else UTC
  calendar::Slots slots;
  std::vector<calendar::Closure> freezes;
  std::vector<calendar::Slot> emergencies;  // that are open
  std::string emergency;                    // "emergency window until …, opened by ann: the fix"
};

// So far is looked ahead for what is open next, as the daemon does.
inline constexpr Duration known_ahead = std::chrono::days(400);

// `target`: as the daemon has it, null where that isn't known. The errors are those of calendar::resolve.
Result<Hours> hours_of(const core::Gates& gates, View target, Time from, Time until);
// Of the releases that go by `turn` alone.
Result<Hours> hours_of(const core::Gates& gates, const calendar::Turn& turn, const Hours& all);

// What closes it or lets it in at a moment, and what comes next; as `calendar::look` has it, in the words and
// the clock of its zone.
struct Opening {
  bool open = false;
  bool always = false;         // and nothing that is known will close it
  std::optional<Time> until;   // open: when it closes
  std::optional<Time> next;    // closed: when it opens
  std::string why;             // closed: "it deploys Tue 14:00–16:00 UTC", "frozen by ann: audit, until …"
  std::optional<Time> closes;  // the next blackout or freeze that takes some of what would be open …
  std::string what;            // … "blacked out" or "frozen"
};
Opening opening_of(const Hours& hours, Time now);

// "open now until Thu 26 Nov 16:00 (for another 1 h 40 min); from Tue 15 Dec it is blacked out"
std::string opening_sentence(const Opening& opening, const Hours& hours, Time now);

// In a few words, with the zone: "until Thu 26 Nov 16:00 UTC", "next Thu 26 Nov 14:00 UTC (in 2 d 3 h)".
std::string opening_in_short(const Opening& opening, const Hours& hours, Time now);

// What others wrote, on one line.
std::string one_line(std::string_view text);

}  // namespace slipway::cli
