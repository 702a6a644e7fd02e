#include "judge/alarm.h"

#include <algorithm>

#include "base/check.h"

namespace slipway::judge {

using std::chrono::floor;
using std::chrono::seconds;

Alarm::Alarm(const Setting& setting, Time since, State state)
    : setting_(setting), since_(floor<seconds>(since)), state_(state) {
  CHECK(setting_.period >= seconds(1) && setting_.period % seconds(1) == Duration::zero());
  CHECK(setting_.evaluation_periods >= 1);
}

void Alarm::take(Time second, const Cell& all) {
  second = floor<seconds>(second);
  CHECK(seconds_.empty() || second >= seconds_.back().second);
  const Time end = second + seconds(1);
  if (all.requests > 0) {
    const Sum& sum = seconds_.empty() ? gone_ : seconds_.back().sum;
    seconds_.push_back(
        {second, {sum.requests + all.requests, sum.errors + all.errors, sum.ms + all.times.sum_ms()}});
  }
  const Duration all_periods = setting_.period * setting_.evaluation_periods;
  while (!seconds_.empty() && seconds_.front().second < end - all_periods) {
    gone_ = seconds_.front().sum;
    seconds_.pop_front();
  }
  value_ = end - since_ >= setting_.period ? value_of(0, end) : std::nullopt;
  const auto above = [&](const std::optional<double>& value) { return value && *value > setting_.above; };
  if (state_ == State::firing) {
    if (end - since_ >= setting_.period && !above(value_)) state_ = State::quiet;
    return;
  }
  if (end - since_ < all_periods || !above(value_)) return;
  for (int ago = 1; ago < setting_.evaluation_periods; ++ago)
    if (!above(value_of(ago, end))) return;
  state_ = State::firing;
}

Alarm::Sum Alarm::before(Time end) const {
  const auto next = std::ranges::lower_bound(seconds_, end, {}, &Until::second);
  return next == seconds_.begin() ? gone_ : std::prev(next)->sum;
}

std::optional<double> Alarm::value_of(int periods_ago, Time end) const {
  end -= setting_.period * periods_ago;
  const Sum from = before(end - setting_.period), to = before(end);
  const auto requests = static_cast<double>(to.requests - from.requests);
  if (requests == 0) return std::nullopt;
  const auto errors = static_cast<double>(to.errors - from.errors);
  const auto ms = static_cast<double>(to.ms - from.ms);
  const bool sum = setting_.statistic == Statistic::sum;
  switch (setting_.metric) {
    case Metric::errors:
      return sum ? errors : errors / (static_cast<double>(setting_.period.count()) / 1000);
    case Metric::latency:
      return sum ? ms : ms / requests;
  }
  return std::nullopt;
}

}  // namespace slipway::judge
