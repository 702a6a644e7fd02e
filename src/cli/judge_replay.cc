#include "cli/judge_replay.h"

#include <utility>

namespace slipway::cli {
namespace {

constexpr std::chrono::minutes held_back{1};
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

}  // namespace slipway::cli
