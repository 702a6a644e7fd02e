#include <algorithm>

#include "core/turn.h"

// Who is told what, and the letters that are still to arrive. Nothing waits for them.
namespace slipway::core {
namespace {

constexpr std::size_t most_letters = 1000;
constexpr Duration longest_between_letters{300'000};  // between two tries
constexpr Duration given_up_after{86'400'000};        // from when it happened

const Bound* bound_of(const TargetState& state) {
  if (!state.deployment) return nullptr;
  if (state.deployment->gating.request) return &state.deployment->gating.request->bound;
  const Fleet* fleet = fleet_of(state);
  return fleet != nullptr ? &fleet->bound : nullptr;
}

NoticeKind kind_of(OutcomeKind outcome) {
  if (outcome == OutcomeKind::promoted) return NoticeKind::completed;
  return outcome == OutcomeKind::rolled_back ? NoticeKind::rolled_back : NoticeKind::failed;
}

// Letters about one deployment to one channel go one after the other.
bool waits_for_another(const std::vector<Letter>& outbox, std::size_t place) {
  for (std::size_t i = 0; i < place; ++i)
    if (outbox[i].notice.deployment == outbox[place].notice.deployment &&
        outbox[i].channel == outbox[place].channel)
      return true;
  return false;
}

std::string description(const Channel& channel) {
  switch (channel.kind) {
    case Channel::Kind::slack:
      return "Slack";
    case Channel::Kind::webhook:
      return "the webhook";
    case Channel::Kind::command:
      break;
  }
  return fmt::format("\"{}\"", channel.command.empty() ? "the command" : channel.command.front());
}

void post(Turn& turn, const Bound& bound, Notice notice) {
  TargetState& state = turn.state();
  const NoticeKind kind = notice.kind;
  for (const Channel& channel : bound.notifications) {
    notice.kind = kind;
    // Whoever doesn't hear of checklists hears that it failed.
    if (kind == NoticeKind::checklist_failed && !channel.on.contains(kind)) notice.kind = NoticeKind::failed;
    if (!channel.on.contains(notice.kind)) continue;
    state.outbox.push_back({.channel = channel, .notice = notice});
    if (state.outbox.size() <= most_letters) continue;
    const auto oldest = std::ranges::find_if(state.outbox, [](const Letter& letter) { return !letter.open; });
    turn.note_of(oldest->notice.deployment,
                 "{} can't be told any more that deployment {} has {}: too much waits for it",
                 description(oldest->channel), oldest->notice.deployment, name(oldest->notice.kind));
    state.outbox.erase(oldest);
  }
}

}  // namespace

Duration longest_way_back(const Bound& bound) {
  return std::max(bound.run.health.grace, bound.strategy.lease);
}

std::string way_back(const TargetState& state, const Bound& bound) {
  const auto& replaced = state.deployment->record.replaced;
  if (!replaced) return "none: it is the first release";
  return fmt::format("one switch to {} until its bake is over, then a start of it within {}",
                     replaced->version, format_duration(bound.run.health.grace));
}

void tell(Turn& turn, NoticeKind kind, std::string cause) {
  TargetState& state = turn.state();
  const Bound* bound = bound_of(state);
  if (bound == nullptr) return;
  const DeploymentRecord& record = state.deployment->record;
  Notice notice{.kind = kind,
                .service = state.target.service,
                .environment = state.target.environment,
                .deployment = record.number,
                .version = record.release.version,
                .previous = record.replaced ? record.replaced->version : std::string(),
                .by = record.by,
                .reason = record.reason,
                .at = turn.now,
                .started = record.started,
                .expected = expected(state.deployment->stages),
                .cause = std::move(cause),
                .rollback_plan = way_back(state, *bound),
                .changes = record.source.changes,
                .url = bound->url};
  if (record.ended || state.deployment->announced) notice.took = turn.now - record.started;
  post(turn, *bound, std::move(notice));
}

void alert(Turn& turn, std::string cause) {
  const TargetState& state = turn.state();
  if (bound_of(state) != nullptr) return tell(turn, NoticeKind::alert, std::move(cause));
  if (!state.stable) return;
  const Fleet& stable = *state.stable;
  post(turn, stable.bound,
       {.kind = NoticeKind::alert,
        .service = state.target.service,
        .environment = state.target.environment,
        .deployment = stable.deployment,
        .version = stable.release.version,
        .at = turn.now,
        .cause = std::move(cause),
        .url = stable.bound.url});
}

void tell_the_end(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  if (deployment.announced || deployment.record.outcome == OutcomeKind::superseded) return;
  deployment.announced = true;
  tell(turn, kind_of(deployment.record.outcome), deployment.record.cause);
}

void settle_outbox(Turn& turn) {
  auto& outbox = turn.state().outbox;
  for (std::size_t i = 0; i < outbox.size(); ++i) {
    Letter& letter = outbox[i];
    if (letter.open || (letter.retry_at && turn.now < *letter.retry_at) || waits_for_another(outbox, i))
      continue;
    letter.retry_at.reset();
    Notify effect{letter.id, letter.channel, letter.notice};
    if (effect.id.empty()) effect.id = letter.id = turn.next_id().text();
    letter.open = turn.emit(std::move(effect));
  }
}

bool letter_ended(Turn& turn, const EffectId& id, const Outcome& outcome) {
  auto& outbox = turn.state().outbox;
  const auto letter = std::ranges::find_if(outbox, [&](const Letter& each) { return each.open == id; });
  if (letter == outbox.end()) return false;
  letter->open.reset();
  const std::string who = description(letter->channel);
  const int number = letter->notice.deployment;
  const std::string what = fmt::format("that deployment {} is {}", number, name(letter->notice.kind));
  if (outcome.status == Outcome::Status::done) {
    if (letter->failures > 0)
      turn.note_of(number, "{} was told {}, at the {}. try", who, what, letter->failures + 1);
    outbox.erase(letter);
    return true;
  }
  letter->failures += 1;
  const bool over = turn.now - letter->notice.at >= given_up_after;
  if (outcome.status == Outcome::Status::failed || over) {
    turn.note_of(number, "{} can't be told {}: {}", who, what, outcome.message);
    outbox.erase(letter);
    return true;
  }
  if (letter->failures == 1)
    turn.note_of(number, "{} couldn't be told {}: {}; trying again", who, what, outcome.message);
  letter->retry_at = turn.now + std::clamp(outcome.retry_after.value_or(Duration::zero()),
                                           backoff(letter->failures, Duration(1000), longest_between_letters),
                                           given_up_after);
  return true;
}

std::optional<Time> outbox_wakeup(const TargetState& state) {
  std::optional<Time> next;
  for (const Letter& letter : state.outbox)
    if (!letter.open && letter.retry_at && *letter.retry_at > state.now &&
        (!next || *letter.retry_at < *next))
      next = letter.retry_at;
  return next;
}

}  // namespace slipway::core
