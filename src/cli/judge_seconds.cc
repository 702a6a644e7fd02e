#include "cli/judge_seconds.h"

#include <functional>
#include <utility>

namespace slipway::cli {
namespace {

constexpr int client_closed_request = 499;
constexpr int first_server_error = 500;
// One that is there when the file begins has served before; a canary's has not.
constexpr std::chrono::minutes served_long_before{1};
constexpr std::chrono::hours long_enough{1};
// One that got nothing for so long is no longer listed, and so missed by the judge if others got much.
constexpr std::chrono::minutes still_there{1};

// FNV-1a, which is the same everywhere.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return value;
}

}  // namespace

Result<void> RecordedSeconds::add(const RecordedRequest& request) {
  const Time second = std::chrono::floor<std::chrono::seconds>(request.at);
  if (!began_) began_ = second;
  // Whoever left before the answer says nothing about it.
  if (request.status == client_closed_request) return {};
  const auto arm = static_cast<std::size_t>(request.arm);
  auto& known = instances_.at(arm);
  auto found = known.find(request.instance);
  if (found == known.end()) {
    if (known.size() == judge::most_instances)
      return fail(
          ErrorKind::invalid_input,
          "more than {} instances of one arm: the column instance must name what answered, not the request",
          judge::most_instances);
    found = known.emplace(request.instance, Known{static_cast<int>(known.size()), second, second, {}}).first;
  }
  Known& instance = found->second;
  instance.last = second;

  RecordedSecond::Arm& sum = sums_.at(arm);
  const bool error = request.status >= first_server_error;
  const auto count = [&](RecordedSecond::Counts& counts, judge::Sessions::Bets what) {
    counts.requests += what.count ? 1 : 0;
    counts.errors += what.error ? 1 : 0;
    if (what.time) counts.times.add(request.latency);
  };
  const judge::Sessions::Bets each{true, true, error};
  count(instance.now.all, each);
  ++sum.requests;
  if (bets_ == Bets::requests) {
    ++sum.arrivals;
    return {};
  }
  using Outcome = judge::Sessions::Outcome;
  // Without a session it is one of its own.
  const judge::Sessions::Bets bets =
      request.session.empty()
          ? each
          : sessions_.see(hash(request.session), error ? Outcome::error : Outcome::answered);
  count(instance.now.betting, bets);
  sum.arrivals += bets.time ? 1 : 0;
  return {};
}

RecordedSecond RecordedSeconds::end(Time at) {
  RecordedSecond second;
  second.at = at;
  second.arms = std::exchange(sums_, {});
  for (std::size_t arm = 0; arm < instances_.size(); ++arm) {
    const bool canary = static_cast<judge::Arm>(arm) == judge::Arm::canary;
    for (auto& [name, known] : instances_.at(arm)) {
      if (at - known.last >= still_there) continue;
      const bool served_before = !canary && began_ && known.first - *began_ < served_long_before;
      RecordedSecond::Instance now = std::exchange(known.now, {});
      now.number = known.number;
      now.age = served_before ? Duration(long_enough) : at - known.first;
      second.arms.at(arm).instances.push_back(std::move(now));
    }
  }
  return second;
}

}  // namespace slipway::cli
