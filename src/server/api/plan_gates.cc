#include "server/api/plan_gates.h"

#include <algorithm>

#include "base/json.h"
#include "calendar/moment.h"

namespace slipway::server {
namespace {

void add(Json& list, std::string_view name, std::string_view state, const std::string& text) {
  list.push_back({{"name", name}, {"state", state}, {"text", text}});
}

void add_after(Json& list, const core::Request& request, Time now) {
  for (const std::string& environment : request.bound.gates.after) {
    const auto proof = std::ranges::find(request.proofs, environment, &core::Proof::environment);
    const auto why = std::ranges::find(request.unproven, environment, &core::Unproven::environment);
    if (proof == request.proofs.end() && why != request.unproven.end())
      add(list, "after", "refuses",
          fmt::format("this artifact has not succeeded in {}: it {}", environment, core::describe(*why)));
    else if (proof == request.proofs.end())
      add(list, "after", "refuses", fmt::format("this artifact has not succeeded in {}", environment));
    else
      add(list, "after", "met",
          fmt::format("succeeded in {} {} ago (deployment {} there)", environment,
                      format_duration(now - proof->at), proof->deployment));
  }
}

void add_checklist(Json& list, const core::Gating& gating) {
  if (gating.checks.empty()) return;
  std::vector<std::string> missing, set_aside;
  for (const core::Checking& checking : gating.checks) {
    if (!checking.evidence) missing.push_back(checking.check.name);
    if (checking.evidence && checking.evidence->overridden) set_aside.push_back(checking.check.name);
  }
  std::string text =
      fmt::format("{} of {} checks are met", gating.checks.size() - missing.size() - set_aside.size(),
                  gating.checks.size());
  if (!set_aside.empty()) text += fmt::format("; set aside: {}", fmt::join(set_aside, ", "));
  if (!missing.empty()) text += fmt::format("; to be looked at: {}", fmt::join(missing, ", "));
  add(list, "checklist", missing.empty() ? "met" : "waits", text);
}

std::string moment(Time time, Time now) {
  return fmt::format("{} (in {})", calendar::format_moment(time), format_duration(time - now));
}

// Asked for at a time that is to come: how it is then.
void add_later_window(Json& list, const calendar::Openness& seen, Time then, Time now) {
  if (seen.fits)
    return add(
        list, "window", "waits",
        fmt::format("begins {}, as it is asked for{}", moment(then, now),
                    seen.until ? fmt::format("; open until {} then", calendar::format_moment(*seen.until))
                               : std::string()));
  const std::string closed = fmt::format("{}: closed then: {}", calendar::format_moment(then), seen.why);
  add(list, "window", seen.next ? "waits" : "refuses",
      seen.next ? fmt::format("{}; begins {}", closed, moment(*seen.next, now))
                : closed + "; no slot is known");
}

void add_window(Json& list, const calendar::Openness& seen, const core::Gating& gating, Time now) {
  if (gating.not_before && *gating.not_before > now)
    return add_later_window(list, seen, *gating.not_before, now);
  const bool never_closes = !gating.calendar.restricted && gating.calendar.closed.empty() && !seen.until;
  if (seen.fits && never_closes) return;
  if (seen.fits) {
    return add(list, "window", "met",
               seen.until ? fmt::format("open until {}, for another {}", calendar::format_moment(*seen.until),
                                        format_duration(*seen.until - now))
                          : std::string("open"));
  }
  add(list, "window", gating.wait && seen.next ? "waits" : "refuses",
      fmt::format("closed: {}{}", seen.why,
                  seen.next
                      ? fmt::format("; {} {}", gating.wait ? "begins" : "next slot", moment(*seen.next, now))
                      : std::string("; no slot is known")));
}

}  // namespace

Json plan_gates_json(const core::TargetState& state, const core::Request& request,
                     const std::vector<core::Stage>& stages, Time now) {
  Json list = Json::array();
  const core::Gates& gates = request.bound.gates;
  const core::Gating gating = core::gates_of(state, request, now);
  add_after(list, request, now);
  add_checklist(list, gating);
  if (const int needed = gating.needed.needed; needed > 0)
    add(list, "approval", "waits",
        fmt::format("{} {} needed, of other people than {}", needed, needed == 1 ? "is" : "are", request.by));
  if (request.release_class)
    add(list, "schedule", "met", fmt::format("a {} release", calendar::name(*request.release_class)));
  const Time from = std::max(now, gating.not_before.value_or(now));
  add_window(list, core::openness(state, gating, from, core::expected(stages)), gating, now);
  if (gates.rollback_within) {
    const Duration back = core::longest_way_back(request.bound);
    add(list, "rollback_within", back <= *gates.rollback_within ? "met" : "refuses",
        fmt::format("going back takes {} at most, and may take {}", format_duration(back),
                    format_duration(*gates.rollback_within)));
  }
  return list;
}

}  // namespace slipway::server
