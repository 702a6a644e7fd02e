#include <algorithm>

#include "calendar/moment.h"
#include "core/turn.h"

// Whether the calendar, freezes and emergency windows allow what is to begin or to go on.
namespace slipway::core {
namespace {

// Going forward, before promotion, by what people asked for; going back is always allowed.
bool moves_forward(const TargetState& state) {
  return state.deployment && !state.deployment->undoing && !promoted(*state.deployment) && !gating(state) &&
         state.deployment->record.kind == Request::Kind::deploy;
}

AtClose at_close(const TargetState& state) {
  return state.canary->bound.gates.at_close;
}

calendar::Openness moment(const TargetState& state, Time now) {
  return openness(state, state.deployment->gating, now, Duration::zero());
}

// Whoever mistyped a name reads it here.
std::string nothing_was_deployed(const TargetState& state) {
  return state.deployments > 0
             ? ""
             : fmt::format(". Nothing was deployed to {} yet: it holds for the first deployment",
                           state.target.text());
}

}  // namespace

calendar::Openness openness(const TargetState& state, const Gating& gating, Time now, Duration expected) {
  std::vector<calendar::Closure> freezes;
  for (const Freeze& freeze : state.freezes)
    freezes.push_back(
        {freeze.from, freeze.to,
         fmt::format("frozen by {}{}", freeze.by, freeze.reason.empty() ? "" : ": " + freeze.reason)});
  std::vector<calendar::Slot> emergencies;
  // What has its own days waits for them.
  const bool urgent = !gating.release_class || *gating.release_class == calendar::ReleaseClass::patch ||
                      *gating.release_class == calendar::ReleaseClass::hotfix;
  if (urgent && state.emergency && state.emergency->open())
    emergencies.push_back({state.emergency->from, state.emergency->until, std::nullopt});
  return calendar::look(gating.calendar, freezes, emergencies, now, expected);
}

std::optional<std::string> refusal(const TargetState& state, const Request& request, Time now) {
  if (request.kind == Request::Kind::rollback) return std::nullopt;
  if (auto why = not_proven(state, request)) return why;
  const Gates& gates = request.bound.gates;
  const Duration way_back = longest_way_back(request.bound);
  if (gates.rollback_within && way_back > *gates.rollback_within)
    return fmt::format(
        "going back could take {}, and rollback_within allows {}: shorten run.health.grace ({}) or the "
        "strategy's lease ({}), or allow more",
        format_duration(way_back), format_duration(*gates.rollback_within),
        format_duration(request.bound.run.health.grace), format_duration(request.bound.strategy.lease));
  for (const auto& [check, reason] : request.overrides)
    if (std::ranges::find(gates.checklist, check, &Check::name) == gates.checklist.end())
      return fmt::format("the checklist has no check \"{}\" to be set aside", check);
  const Gating gating = gates_of(state, request, now);
  const Duration needed = expected(plan(request.bound, request.kind, state.stable.has_value()));
  const Time from = std::max(now, request.not_before.value_or(now));
  const calendar::Openness seen = openness(state, gating, from, needed);
  if (seen.fits || (gating.wait && seen.next)) return std::nullopt;
  const std::string& environment = state.target.environment;
  std::string text = fmt::format("{} is closed{}: {}", environment,
                                 request.release_class
                                     ? fmt::format(" to a {} release", calendar::name(*request.release_class))
                                     : std::string(),
                                 seen.why);
  if (seen.next)
    text +=
        fmt::format("; next slot {} (in {}). To wait for it: slipway deploy {} --version {} --at next-window",
                    calendar::format_moment(*seen.next), format_duration(*seen.next - now), environment,
                    request.release.version);
  else
    text += "; no slot is known in which it could be deployed";
  return text;
}

bool window_is_open(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  Gating& gating = deployment.gating;
  const Duration needed = expected(deployment.stages, deployment.cursor);
  const bool due = !gating.not_before || turn.now >= *gating.not_before;
  const calendar::Openness seen = openness(state, gating, due ? turn.now : *gating.not_before, needed);
  if (due && seen.fits) {
    if (deployment.paused) return false;
    if (!drop_stale_checks(turn)) return true;
    deployment.cursor = 0;  // the checklist, as it is the first gate
    deployment.entered = turn.now;
    gating.said = false;
    return false;
  }
  if (due && !gating.wait) {
    undo(
        turn, OutcomeKind::aborted,
        fmt::format(
            "{} closed before it could begin: {}. To wait for the next slot: slipway deploy {} --version {} "
            "--at next-window",
            state.target.environment, seen.why, state.target.environment, deployment.record.release.version));
    return false;
  }
  if (gating.said) return false;
  gating.said = true;
  const std::optional<Time> next = due ? seen.next : (seen.fits ? gating.not_before : seen.next);
  turn.note("{} waits{}{}", deployment.record.release.version,
            next ? fmt::format(" until {}", calendar::format_moment(*next)) : std::string(),
            due || !seen.fits ? ": " + seen.why : std::string());
  return false;
}

bool held_by_calendar(Turn& turn) {
  TargetState& state = turn.state();
  if (!moves_forward(state) || at_close(state) != AtClose::hold) return false;
  const calendar::Openness seen = moment(state, turn.now);
  Gating& gating = state.deployment->gating;
  if (seen.open) {
    if (!gating.said) return false;
    turn.note("{} is open again: it goes on", state.target.environment);
    gating.said = false;
    state.deployment->entered = turn.now;  // what was closed isn't time without progress
    return false;
  }
  if (!gating.said)
    turn.note("{} is closed: {}; nobody is moved forward{}", state.target.environment, seen.why,
              seen.next ? fmt::format(" until {}", calendar::format_moment(*seen.next)) : std::string());
  gating.said = true;
  return true;
}

bool ended_by_calendar(Turn& turn) {
  TargetState& state = turn.state();
  if (!moves_forward(state) || at_close(state) != AtClose::roll_back) return false;
  const calendar::Openness seen = moment(state, turn.now);
  if (seen.open) return false;
  undo(turn, outcome_of_failure(state),
       fmt::format("{} closed while it was under way: {}", state.target.environment, seen.why));
  return true;
}

std::optional<Time> calendar_wakeup(const TargetState& state) {
  if (!state.deployment) return std::nullopt;
  const Deployment& deployment = *state.deployment;
  if (gating(state) && deployment.stage().kind == Stage::Kind::window) {
    const Gating& gating = deployment.gating;
    if (gating.not_before && *gating.not_before > state.now) return gating.not_before;
    return openness(state, gating, state.now, expected(deployment.stages, deployment.cursor)).next;
  }
  if (!moves_forward(state) || at_close(state) == AtClose::finish) return std::nullopt;
  const calendar::Openness seen = moment(state, state.now);
  return seen.open ? seen.until : seen.next;
}

void forget_what_is_over(Turn& turn) {
  TargetState& state = turn.state();
  std::erase_if(state.freezes, [&](const Freeze& freeze) { return freeze.to <= turn.now; });
  if (state.emergency && state.emergency->until <= turn.now) state.emergency.reset();
}

void take(Turn& turn, const CalendarResolved& event) {
  auto& deployment = turn.state().deployment;
  if (!deployment || deployment->record.number != event.deployment || deployment->undoing ||
      deployment->record.kind == Request::Kind::rollback)
    return;
  if (deployment->gating.calendar == event.calendar) return;
  const bool further = event.calendar.until > deployment->gating.calendar.until;
  deployment->gating.calendar = event.calendar;
  // What waits says anew until when; what is held as it is closed stays so until it is seen to be open.
  if (gating(turn.state())) deployment->gating.said = false;
  if (further)
    turn.note("the calendar was worked out until {}", calendar::format_moment(event.calendar.until));
  else
    turn.note("the calendar was worked out anew, and comes to something else");
}

void take(Turn& turn, const FreezeRequested& event) {
  TargetState& state = turn.state();
  if (event.to <= event.from || event.to <= turn.now)
    return turn.refuse(fmt::format("a freeze from {} to {} would be over before it begins",
                                   format_time(event.from), format_time(event.to)));
  if (event.reason.empty()) return turn.refuse("say why it is frozen: --reason WHY");
  const auto same = std::ranges::find_if(state.freezes, [&](const Freeze& freeze) {
    return freeze.by == event.by && freeze.reason == event.reason && freeze.from == event.from &&
           freeze.to == event.to;
  });
  if (same != state.freezes.end())
    return turn.accept(fmt::format("that is freeze {} of {} already", same->number, state.target.text()),
                       std::nullopt);
  const int number = ++state.freeze_number;
  state.freezes.push_back({number, event.by, event.reason, event.from, event.to});
  turn.note("frozen by {} from {} to {}: {}", event.by, format_time(event.from), format_time(event.to),
            event.reason);
  turn.accept(
      fmt::format("freeze {} of {}: nothing starts from {} to {}; going back is always allowed. To lift it: "
                  "slipway unfreeze {} {}{}",
                  number, state.target.text(), format_time(event.from), format_time(event.to),
                  state.target.text(), number, nothing_was_deployed(state)),
      std::nullopt);
}

void take(Turn& turn, const FreezeLifted& event) {
  TargetState& state = turn.state();
  const auto found = std::ranges::find(state.freezes, event.number, &Freeze::number);
  if (found == state.freezes.end()) {
    std::vector<int> numbers;
    for (const Freeze& freeze : state.freezes) numbers.push_back(freeze.number);
    return turn.refuse(numbers.empty() ? fmt::format("{} isn't frozen", state.target.text())
                                       : fmt::format("{} has no freeze {}; it has {}", state.target.text(),
                                                     event.number, fmt::join(numbers, ", ")));
  }
  turn.note("freeze {} ({}) lifted by {}{}", event.number, found->reason, event.by,
            event.reason.empty() ? "" : ": " + event.reason);
  state.freezes.erase(found);
  turn.accept(fmt::format("freeze {} is lifted", event.number), std::nullopt);
}

void take(Turn& turn, const EmergencyRequested& event) {
  TargetState& state = turn.state();
  if (event.reason.empty()) return turn.refuse("say what the emergency is: --reason WHY");
  if (event.until <= turn.now) return turn.refuse("an emergency window must end later than now");
  if (event.until > turn.now + event.rule.longest)
    return turn.refuse(fmt::format("an emergency window of {} lasts {} at most", state.target.text(),
                                   format_duration(event.rule.longest)));
  if (state.emergency && state.emergency->open())
    return turn.refuse(fmt::format("the emergency window of {} is open until {}", state.target.text(),
                                   format_time(state.emergency->until)));
  if (!state.emergency) state.emergency = Emergency{{}, event.rule, turn.now, event.until};
  Emergency& emergency = *state.emergency;
  if (std::ranges::find(emergency.people, event.by, &Approval::by) != emergency.people.end())
    return turn.refuse(fmt::format("{} has asked for it already: {} people must, so {} more", event.by,
                                   emergency.rule.people,
                                   emergency.rule.people - static_cast<int>(emergency.people.size())));
  emergency.people.push_back({event.by, event.reason, turn.now});
  emergency.until = std::min(emergency.until, event.until);
  if (!emergency.open()) {
    turn.note("emergency window asked for by {}: {} ({} of {} people)", event.by, event.reason,
              emergency.people.size(), emergency.rule.people);
    return turn.accept(
        fmt::format("asked for: it opens once {} people have; somebody else: slipway emergency {}",
                    emergency.rule.people, state.target.text()),
        std::nullopt);
  }
  emergency.from = turn.now;
  turn.note("emergency window until {}, opened by {}: {}", format_time(emergency.until), event.by,
            event.reason);
  turn.accept(fmt::format("the emergency window of {} is open until {}{}", state.target.text(),
                          format_time(emergency.until), nothing_was_deployed(state)),
              std::nullopt);
}

}  // namespace slipway::core
