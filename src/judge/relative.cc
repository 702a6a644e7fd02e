#include "judge/relative.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/json.h"

namespace slipway::judge {
namespace {

// Until the reference holds so many times, it is renewed every second.
constexpr double plenty = 1000;
constexpr double unlimited = 1e9;

double reserve_share(const Relative::Setup& setup) {
  return setup.injections > 0 ? setup.kept : 1 - setup.first;
}

}  // namespace

Relative::Setup Relative::setup(const Settings& settings, Duration horizon) {
  Setup setup;
  setup.weights = settings.weights;
  setup.tolerance = settings.strict ? Settings::Tolerance{1, 0, 1} : settings.tolerance;
  setup.resolution = settings.strict ? 0 : setup.resolution;
  setup.margins = settings.accept;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(horizon).count();
  setup.injections = static_cast<int>(std::max<std::int64_t>(1, seconds / setup.inject_every));
  return setup;
}

Relative::Relative(Setup setup)
    : setup_(std::move(setup)),
      reference_(setup_.scale.cells()),
      bets_(setup_.scale, setup_.tolerance, setup_.resolution),
      share_(setup_.memory_of_share),
      wealth_(priors(setup_.weights),
              {setup_.first, reserve_share(setup_), setup_.injections, setup_.inject_every}) {
  // Money that comes in must not meet gains that were made before it.
  if (setup_.most_gain_of_all > 0) ceiling_ = std::log(setup_.most_gain_of_all) + setup_.pace;
  CHECK(setup_.block > 0 && setup_.inject_every % setup_.block == 0);
}

bool Relative::is_warm(const InstanceSecond& second) const {
  return second.age >= std::chrono::seconds(setup_.warm_up);
}

// Of an arm whose instances are partly warm, the warm ones are held to get their part of the requests.
double Relative::share_of_times(const Portion& portion) const {
  const std::optional<double> weight = share_.of(portion.weight);
  if (!weight) return 0;
  const auto warm = [&](const ArmSecond& arm) {
    if (arm.instances.empty()) return 1.0;
    const auto count = std::ranges::count_if(arm.instances, [&](const auto& each) { return is_warm(each); });
    return static_cast<double>(count) / static_cast<double>(arm.instances.size());
  };
  const double canary = *weight * warm(portion.canary);
  const double stable = (1 - *weight) * warm(portion.stable);
  return canary > 0 && stable > 0 ? canary / (canary + stable) : 0;
}

void Relative::remember(std::span<const Histogram::Bucket> times) {
  reference_.add(times);
}

void Relative::remember(const ArmSecond& stable) {
  take_reference(stable);
  reference_.decay(std::exp(-1 / setup_.decay));
}

void Relative::take_reference(const ArmSecond& stable) {
  for (const InstanceSecond& each : stable.instances) {
    reference_.add(each.all.requests, each.all.errors);
    if (is_warm(each)) reference_.add(each.all.times);
  }
}

void Relative::prepare() {
  if (prepared_) return;
  prepared_ = true;
  if (second_of_block_ == 0) share_.begin_block();
  if (alone_ || (second_of_block_ > 0 && plenty_)) return;
  bets_.renew(setup_.scale, reference_);
  plenty_ = reference_.total() >= plenty;
}

void Relative::take(const Second& second) {
  prepare();
  prepared_ = false;
  if (second_of_block_ == 0) block_began_with_ = wealth_.log_total();
  wealth_.begin_second();
  if (alone_) {
    most_log_gain_ = most_log_gain(1, second.canary);
    take_arm(Arm::canary, second.canary, 1, true);
  } else {
    for_each_portion(second, [&](const Portion& portion, bool last) { compare(portion, last); });
  }
  share_.take(second, in_flight_[0], in_flight_[1]);
  in_flight_[0].take(second.canary);
  in_flight_[1].take(second.stable);
  if (!alone_) take_reference(second.stable);

  const Gains gains = gains_of_block();
  if (setup_.clip == Setup::Clip::none) {
    wealth_.multiply(gains);
    for (auto& arm : gains_) arm.clear();
    log_evidence_ = wealth_.log_total();
  } else {
    log_evidence_ = wealth_.log_total(gains);
  }
  if (setup_.pace > 0)
    keep_pace(gains);
  else if (setup_.most_gain_of_all > 0)
    log_evidence_ = std::min(log_evidence_, block_began_with_ + std::log(setup_.most_gain_of_all));
  if (++second_of_block_ == setup_.block) end_block();
}

void Relative::compare(const Portion& portion, bool with_what_is_under_way) {
  const auto weight = share_.of(portion.weight);
  if (!weight) return;
  most_log_gain_ = most_log_gain(*portion.weight, portion.canary);
  const double share = share_of_times(portion);
  bets_.weigh(*weight, share);
  take_arm(Arm::canary, portion.canary, share, with_what_is_under_way);
  take_arm(Arm::stable, portion.stable, share, with_what_is_under_way);
}

void Relative::take_arm(Arm arm, const ArmSecond& seconds, double share_of_times,
                        bool with_what_is_under_way) {
  for (InstanceSecond each : seconds.instances) {
    // Once all users are on one release nobody chooses a session's arm any more, nor is it known: all
    // requests are compared with all of stable's. A session's first ones may be slower than the rest.
    if (alone_) each.betting.reset();
    Gains& gains = gains_.at(static_cast<std::size_t>(arm)).of(each.instance);
    bets_.add_errors(arm, betting(each), gains);
    if (share_of_times > 0 && is_warm(each))
      bets_.add_times(
          arm, each,
          with_what_is_under_way ? in_flight(arm).of(each.instance) : std::span<const Histogram::Bucket>{},
          gains);
  }
}

double Relative::most_log_gain(double weight, const ArmSecond& canary) const {
  switch (setup_.clip) {
    case Setup::Clip::none:
      return 0;
    case Setup::Clip::by_weight:
      // The only instance is the canary itself: what it may bring is up to the pace of the whole.
      return canary.instances.size() > 1 ? std::log(std::clamp(0.5 / weight, 2.0, 6.0)) : unlimited;
    case Setup::Clip::fixed:
      return std::log(setup_.most_gain);
  }
  return 0;
}

Gains Relative::gains_of_block() const {
  Gains sum{};
  const double most = setup_.clip == Setup::Clip::none ? unlimited : most_log_gain_;
  for (const auto& arm : gains_) arm.add_to(sum, most);
  return sum;
}

// The evidence of any span of time is at most most_gain_of_all and the pace times its length.
void Relative::keep_pace(const Gains& gains) {
  if (log_evidence_ > ceiling_) {
    setup_.clip == Setup::Clip::none ? wealth_.cut(ceiling_) : wealth_.cut(ceiling_, gains);
    log_evidence_ = ceiling_;
  }
  ceiling_ = std::min(ceiling_, log_evidence_ + std::log(setup_.most_gain_of_all)) + setup_.pace;
}

void Relative::end_block() {
  if (setup_.clip != Setup::Clip::none) {
    wealth_.multiply(gains_of_block());
    for (auto& arm : gains_) arm.clear();
  }
  if (setup_.most_gain_of_all > 0 && setup_.pace == 0)
    wealth_.cut(block_began_with_ + std::log(setup_.most_gain_of_all));
  if (!alone_) reference_.decay(std::exp(-setup_.block / setup_.decay));
  second_of_block_ = 0;
}

void Relative::promote() {
  CHECK(!alone_);
  if (second_of_block_ > 0) end_block();
  wealth_.start_over();
  log_evidence_ = wealth_.log_total();
  bets_.stand_alone(setup_.scale, reference_, setup_.margins);
  alone_ = true;
  prepared_ = true;
}

double Relative::log_evidence(Metric metric) const {
  const Gains gains = setup_.clip == Setup::Clip::none ? Gains{} : gains_of_block();
  double most = 0, share = 0, invested = 0;
  const auto each = [&](auto with) {
    for (std::size_t i = 0; i < all_bets; ++i)
      if (metric_of(i) == metric) with(i, std::exp(wealth_.log_priors()[i]));
  };
  each([&](std::size_t i, double) { most = std::max(most, wealth_.log_bets()[i] + gains[i]); });
  each([&](std::size_t i, double prior) {
    share += prior;
    invested += std::exp(wealth_.log_bets()[i] + gains[i] - most);
  });
  if (share == 0) return 0;
  const double reserve = share * wealth_.reserve() * std::exp(-most);
  return most + std::log((invested + reserve) / share);
}

Metric Relative::leading() const {
  Metric leading = Metric::errors;
  double most = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < metrics; ++i) {
    const auto metric = static_cast<Metric>(i);
    const double weight = setup_.weights.at(static_cast<std::size_t>(i));
    if (weight == 0) continue;
    const double brings = log_evidence(metric) + std::log(weight);
    if (brings <= most) continue;
    most = brings;
    leading = metric;
  }
  return leading;
}

Json Relative::checkpoint() const {
  return {{"reference", reference_.checkpoint()},
          {"bets", bets_.checkpoint()},
          {"share", share_.checkpoint()},
          {"wealth", wealth_.checkpoint()},
          {"gains", Json::array({gains_[0].checkpoint(), gains_[1].checkpoint()})},
          {"in_flight", Json::array({in_flight_[0].checkpoint(), in_flight_[1].checkpoint()})},
          {"alone", alone_},
          {"plenty", plenty_},
          {"most_log_gain", most_log_gain_},
          {"ceiling", ceiling_},
          {"block_began_with", block_began_with_},
          {"second_of_block", second_of_block_},
          {"log_evidence", log_evidence_}};
}

// Throws nlohmann's exceptions.
void Relative::restore(const Json& checkpoint) {
  reference_.restore(checkpoint.at("reference"));
  share_.restore(checkpoint.at("share"));
  wealth_.restore(checkpoint.at("wealth"));
  for (std::size_t i = 0; i < gains_.size(); ++i) {
    gains_.at(i).restore(checkpoint.at("gains").at(i));
    in_flight_.at(i).restore(checkpoint.at("in_flight").at(i));
  }
  checkpoint.at("alone").get_to(alone_);
  // After a promotion the reference is what it was then.
  if (alone_)
    bets_.stand_alone(setup_.scale, reference_, setup_.margins);
  else
    bets_.restore(checkpoint.at("bets"));
  prepared_ = false;  // and nothing is lost by preparing twice
  checkpoint.at("plenty").get_to(plenty_);
  checkpoint.at("most_log_gain").get_to(most_log_gain_);
  checkpoint.at("ceiling").get_to(ceiling_);
  checkpoint.at("block_began_with").get_to(block_began_with_);
  checkpoint.at("second_of_block").get_to(second_of_block_);
  checkpoint.at("log_evidence").get_to(log_evidence_);
}

}  // namespace slipway::judge
