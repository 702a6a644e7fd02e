#include "cli/judge_replay.h"

#include <fmt/format.h>

#include <utility>

namespace slipway::cli {
namespace {

constexpr std::chrono::minutes held_back{1};
// Without a row for longer than that nothing was recorded; for shorter, nothing happened.
constexpr std::chrono::minutes longest_silence{10};
constexpr std::size_t canary = 0, stable = 1;

judge::Outcomes view(const RecordedSecond::Counts& counts) {
  return {counts.requests, counts.errors, counts.times.buckets()};
}

std::vector<judge::InstanceSecond> view(const RecordedSecond::Arm& arm, RecordedSeconds::Bets bets) {
  std::vector<judge::InstanceSecond> instances;
  for (const RecordedSecond::Instance& each : arm.instances) {
    judge::InstanceSecond& instance = instances.emplace_back();
    instance.instance = each.number;
    instance.age = each.age;
    instance.all = view(each.all);
    if (bets == RecordedSeconds::Bets::sessions) instance.betting = view(each.betting);
  }
  return instances;
}

}  // namespace

Replay::Replay(const judge::Settings& settings, RecordedSeconds::Bets bets, std::optional<double> share)
    : trial_(judge::Trial::Plan{.settings = settings, .triggers = {}}), bets_(bets), meant_(share) {}

void Replay::take(RecordedSecond second) {
  if (decided()) return;
  if (!began_ && second.arms[canary].requests == 0) {
    judge::Second before;
    before.at = second.at;
    const auto instances = view(second.arms[stable], bets_);
    before.stable.instances = instances;
    trial_.remember(before);
    return;
  }
  began_ = true;
  if (meant_ || released_) {
    feed(second, meant_ ? meant_ : share());
    return;
  }
  held_.push_back(std::move(second));
  if (held_.back().at - held_.front().at >= held_back - std::chrono::seconds(1)) release();
}

void Replay::finish() {
  if (!meant_ && !released_) release();
}

void Replay::release() {
  released_ = true;
  double of_canary = 0, of_both = 0;
  for (const RecordedSecond& second : held_) {
    of_canary += static_cast<double>(second.arms[canary].arrivals);
    of_both += static_cast<double>(second.arms[canary].arrivals + second.arms[stable].arrivals);
  }
  const std::optional<double> seen =
      of_canary > 0 && of_canary < of_both ? std::optional(of_canary / of_both) : std::nullopt;
  for (const RecordedSecond& second : std::exchange(held_, {})) feed(second, seen);
}

std::optional<double> Replay::share() const {
  if (canary_ <= 0 || stable_ <= 0) return std::nullopt;
  return canary_ / (canary_ + stable_);
}

void Replay::feed(const RecordedSecond& recorded, std::optional<double> share) {
  if (decided()) return;
  judge::Second second;
  second.at = recorded.at;
  second.weight = share;
  const auto of_canary = view(recorded.arms[canary], bets_), of_stable = view(recorded.arms[stable], bets_);
  second.canary.instances = of_canary;
  second.stable.instances = of_stable;
  if (bets_ == RecordedSeconds::Bets::sessions) {
    second.canary.sessions = recorded.arms[canary].arrivals;
    second.stable.sessions = recorded.arms[stable].arrivals;
  }
  trial_.take(second);
  canary_ += static_cast<double>(recorded.arms[canary].arrivals);
  stable_ += static_cast<double>(recorded.arms[stable].arrivals);
  canary_requests_ += recorded.arms[canary].requests;
  stable_requests_ += recorded.arms[stable].requests;

  const Time now = recorded.at + std::chrono::seconds(1);
  if (!trial_.accepted())
    accepted_since_.reset();
  else if (!accepted_since_)
    accepted_since_ = now;
  if (trial_.alarm() == judge::Cause::none) return;
  judge::Evidence evidence = trial_.judge(judge::Trial::Moment::on_the_way);
  if (evidence.kind != judge::VerdictKind::unhealthy) return;
  came_ = now;
  verdict_ = std::move(evidence);
}

Replay::Word Replay::word() const {
  Word word{.canary = canary_requests_, .stable = stable_requests_, .share = share().value_or(0)};
  if (canary_ > 0 && stable_ <= 0) word.share = 1;
  word.evidence = verdict_ ? *verdict_ : trial_.judge(judge::Trial::Moment::hold_is_over);
  if (verdict_)
    word.came = came_;
  else if (word.evidence.cause == judge::Cause::accepted)
    word.came = accepted_since_;
  return word;
}

namespace {

// Where both arms are needed, and one never came.
Result<void> both_arms(const RecordedRequests& rows, const std::array<std::int64_t, 2>& seen) {
  const auto [of_canary, of_stable] = seen;
  if (of_canary == 0 && of_stable == 0)
    return rows.wrong("no request follows the line that names the columns");
  if (of_canary == 0)
    return rows.wrong("the file ends without a request of the canary: its rows have the arm canary");
  if (of_stable == 0)
    return rows.wrong("the file ends without a request of stable, and there is nothing to compare with");
  return {};
}

}  // namespace

Result<Judged> judge_recorded(RecordedRequests& rows, const judge::Settings& settings,
                              std::optional<double> share) {
  const auto bets = rows.knows_sessions() ? RecordedSeconds::Bets::sessions : RecordedSeconds::Bets::requests;
  RecordedSeconds seconds(bets);
  Replay judged(settings, bets, share);
  std::optional<Time> now;
  std::array<std::int64_t, 2> seen{};  // by judge::Arm
  while (!judged.decided()) {
    TRY(const RecordedRequest* request, rows.next());
    if (request == nullptr) break;
    const Time second = std::chrono::floor<std::chrono::seconds>(request->at);
    if (!now) now = second;
    if (second < *now)
      return rows.wrong(fmt::format("time goes back, from {} to {}: sort the rows by time, to the second",
                                    format_time(*now), format_time(second)));
    const bool silent = second - *now > longest_silence;
    while (*now < second) {
      judged.take(seconds.end(*now));
      *now = silent ? second : *now + std::chrono::seconds(1);
    }
    if (const Result<void> added = seconds.add(*request); !added) return rows.wrong(added.error().message);
    ++seen.at(static_cast<std::size_t>(request->arm));
  }
  const bool to_the_end = !judged.decided();
  if (to_the_end && now) judged.take(seconds.end(*now));
  judged.finish();
  if (!judged.decided()) TRY_VOID(both_arms(rows, seen));
  return Judged{judged.word(), to_the_end};
}

}  // namespace slipway::cli
