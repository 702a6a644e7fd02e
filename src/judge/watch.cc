#include "judge/watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "judge/figure.h"
#include "judge/in_flight.h"

namespace slipway::judge {
namespace {

// Where records don't say at what odds they bet, the second in which a weight changes can't be compared; and
// the daemon may be late once.
constexpr std::int64_t always_allowed = 2;
// Where the weight changes often, a step may be left with little to compare. A tenth of its seconds may be
// so, and of a short step, in which the rate of recording is settled too, half.
constexpr std::int64_t settling = 5;
// An instance of which so many times its part of the requests passed without a word of it is missing.
constexpr std::int64_t parts_missed = 20;
constexpr std::uint16_t endless_bucket = Histogram::most_buckets - 1;

bool can_be(const Outcomes& outcomes) {
  return outcomes.errors >= 0 && outcomes.errors <= outcomes.requests &&
         std::ranges::all_of(outcomes.times, [](const Histogram::Bucket& bucket) {
           return bucket.count >= 0 && bucket.index < Histogram::most_buckets;
         });
}

bool too_many(std::int64_t part, std::int64_t all) {
  return part > always_allowed && part * 10 > all;
}

}  // namespace

bool Watch::believes(const ArmSecond& arm) {
  return std::ranges::all_of(arm.instances, [](const InstanceSecond& each) {
    return each.instance >= 0 && each.instance < most_instances && can_be(each.all) &&
           (!each.betting || can_be(*each.betting)) && can_be(Outcomes{0, 0, each.in_flight});
  });
}

bool Watch::admit(const Second& second) {
  if (last_ && second.at <= *last_) {
    ++out_of_order_;
    return false;
  }
  const std::int64_t passed =
      last_ ? std::chrono::floor<std::chrono::seconds>(second.at - *last_).count() : std::int64_t{1};
  last_ = second.at;
  if (!first_) first_ = second.at;
  seconds_ += passed;
  missing_ += passed - 1;
  const auto believed = [](const Portion& portion) {
    return believes(portion.canary) && believes(portion.stable);
  };
  if (!believed({{}, second.canary, second.stable}) || !std::ranges::all_of(second.others, believed)) {
    ++malformed_;
    in_a_row_ = 0;
    return false;
  }
  const bool damaged = second.damaged || second.clock_off != Duration::zero();
  if (!second.weight && !damaged) ++incomparable_;
  if (second.damaged) ++damaged_;
  if (second.clock_off < Duration::zero()) put_back_ -= second.clock_off;
  if (second.clock_off > Duration::zero()) ++ahead_;
  most_ahead_ = std::max(most_ahead_, second.clock_off);
  if (damaged || passed > 1) in_a_row_ = 0;
  const bool compared = second.weight || incomparable_ <= always_allowed;
  if (!damaged && compared) {
    ++whole_;
    ++in_a_row_;
  }
  const std::int64_t before = requests_;
  for (const InstanceSecond& each : second.canary.instances) count(each);
  for (const InstanceSecond& each : second.canary.instances) {
    std::int64_t& heard = heard_[static_cast<std::size_t>(each.instance)];
    if (heard < 0) heard = before;
    if (each.all.requests > 0) heard = requests_;
  }
  silent_ = requests_ > before ? 0 : silent_ + passed;
  return true;
}

void Watch::count(const InstanceSecond& second) {
  requests_ += second.all.requests;
  timed_ += count_all(second.all.times);
  for (const auto& [bucket, count] : second.all.times) endless_ += bucket == endless_bucket ? count : 0;
  const auto index = static_cast<std::size_t>(second.instance);
  if (index >= heard_.size()) heard_.resize(index + 1, -1);
}

void Watch::begin_step() {
  seconds_ = missing_ = incomparable_ = damaged_ = malformed_ = out_of_order_ = 0;
  put_back_ = most_ahead_ = Duration::zero();
  ahead_ = whole_ = in_a_row_ = 0;
  silent_ = 0;
  requests_ = timed_ = endless_ = 0;
  for (std::int64_t& heard : heard_) heard = std::min<std::int64_t>(heard, 0);
}

// A clock that was put back by 5 s says the same times again for 5 s, as one that was put forward leaves them
// out.
std::optional<std::string> Watch::damage(std::optional<Duration> hold) const {
  const std::int64_t put_back = std::chrono::ceil<std::chrono::seconds>(put_back_).count();
  const std::int64_t all = missing_ + damaged_ + ahead_ + put_back;
  if (all == 0) {
    // What nobody watched before anything was heard isn't missing. A hold begins and ends within seconds.
    if (!hold || std::chrono::seconds(seconds_ + 1) >= std::chrono::floor<std::chrono::seconds>(*hold))
      return std::nullopt;
    return fmt::format("only {} of {} s were seen", seconds_,
                       std::chrono::floor<std::chrono::seconds>(*hold).count());
  }
  const bool anew = too_many(all, seconds_);
  if (!hold && !anew) return std::nullopt;
  if (hold &&
      std::chrono::seconds(anew ? in_a_row_ : whole_) >= std::chrono::floor<std::chrono::seconds>(*hold))
    return std::nullopt;
  const std::int64_t most = std::max({missing_, damaged_, ahead_, put_back});
  if (most == put_back)
    return fmt::format("the clock was put back by at least {}: what the seconds around that say isn't known",
                       span_figure(put_back_));
  if (most == ahead_)
    return fmt::format("in {} of {} s the proxy's records were up to {} ahead of the clock", ahead_, seconds_,
                       span_figure(most_ahead_));
  if (most == missing_) return fmt::format("{} of {} s are missing", missing_, seconds_);
  return fmt::format("in {} of {} s records got lost or came twice", damaged_, seconds_);
}

std::optional<std::string> Watch::fault(std::optional<Duration> hold) const {
  if (malformed_ > 0) return fmt::format("{} of {} s hold counts that can't be", malformed_, seconds_);
  if (too_many(out_of_order_, seconds_))
    return fmt::format("{} s came twice or late: the clock was set, or records are duplicated",
                       out_of_order_);
  if (auto damage = this->damage(hold)) return damage;
  if (endless_ * 100 > requests_)
    return fmt::format("{} of {} requests took an hour or more, which is as far as times are told apart",
                       endless_, requests_);
  return std::nullopt;
}

std::optional<std::string> Watch::complaint(std::optional<Duration> hold) const {
  if (auto fault = this->fault(hold)) return fault;
  const bool settles = incomparable_ <= settling && incomparable_ * 2 <= seconds_;
  const bool made_up = incomparable_ <= always_allowed || !hold ||
                       std::chrono::seconds(whole_) >= std::chrono::floor<std::chrono::seconds>(*hold);
  if ((too_many(incomparable_, seconds_) && !settles) || !made_up)
    return fmt::format("in {} of {} s it isn't known what share of the requests was the canary's",
                       incomparable_, seconds_);
  if (requests_ == 0) return "no request came to the canary in this step";
  if (timed_ * 10 < requests_ * 9)
    return fmt::format("times are known of {} of {} requests", timed_, requests_);
  const auto known = std::ranges::count_if(heard_, [](std::int64_t heard) { return heard >= 0; });
  const auto lost = std::ranges::count_if(
      heard_, [&](std::int64_t heard) { return heard >= 0 && requests_ - heard >= parts_missed * known; });
  if (lost > 0) return fmt::format("{} of {} instances get no request any more", lost, known);
  return std::nullopt;
}

Json Watch::checkpoint() const {
  return {{"first", first_},
          {"last", last_},
          {"seconds", seconds_},
          {"missing", missing_},
          {"incomparable", incomparable_},
          {"damaged", damaged_},
          {"malformed", malformed_},
          {"out_of_order", out_of_order_},
          {"put_back", put_back_},
          {"ahead", ahead_},
          {"most_ahead", most_ahead_},
          {"whole", whole_},
          {"in_a_row", in_a_row_},
          {"silent", silent_},
          {"requests", requests_},
          {"timed", timed_},
          {"endless", endless_},
          {"heard", heard_}};
}

void Watch::restore(const Json& checkpoint) {
  checkpoint.at("first").get_to(first_);
  checkpoint.at("last").get_to(last_);
  checkpoint.at("seconds").get_to(seconds_);
  checkpoint.at("missing").get_to(missing_);
  checkpoint.at("incomparable").get_to(incomparable_);
  damaged_ = checkpoint.value("damaged", std::int64_t{0});
  checkpoint.at("malformed").get_to(malformed_);
  checkpoint.at("out_of_order").get_to(out_of_order_);
  put_back_ = checkpoint.value("put_back", Duration{});
  ahead_ = checkpoint.value("ahead", std::int64_t{0});
  most_ahead_ = checkpoint.value("most_ahead", Duration{});
  whole_ = checkpoint.value("whole", seconds_ - missing_ - damaged_);
  in_a_row_ = checkpoint.value("in_a_row", std::int64_t{0});
  checkpoint.at("silent").get_to(silent_);
  checkpoint.at("requests").get_to(requests_);
  checkpoint.at("timed").get_to(timed_);
  checkpoint.at("endless").get_to(endless_);
  checkpoint.at("heard").get_to(heard_);
}

}  // namespace slipway::judge
