#include "judge/hearing.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/json.h"
#include "judge/figure.h"

namespace slipway::judge {
namespace {

constexpr int hearing_format = 1;

// In how many seconds before it the weight was the same. What was asked for at the weight of before and ends
// after the change is stable's where the weight rises: it lets the canary look no worse.
constexpr int steady = 1;

// Requests that weren't given to any instance count for the first: they are the release's all the same.
int member_of(int slot, const std::vector<Hearing::Member>& members) {
  const auto found = std::ranges::find(members, slot, &Hearing::Member::ordinal);
  return found == members.end() ? members.front().ordinal : slot;
}

void add(std::vector<Histogram::Bucket>& to, std::span<const Histogram::Bucket> buckets,
         std::int64_t one_in) {
  for (const auto& [index, count] : buckets) {
    const std::int64_t records = count / one_in;
    if (records == 0) continue;
    const auto place = std::ranges::lower_bound(to, index, {}, &Histogram::Bucket::index);
    if (place != to.end() && place->index == index)
      place->count += records;
    else
      to.insert(place, {index, records});
  }
}

}  // namespace

Hearing::Hearing(int deployment, Trial::Plan plan) : deployment_(deployment), trial_(std::move(plan)) {}

void Hearing::Arm::fill(const Side& side, Time second) {
  instances.clear();
  sessions.reset();
  uniform = true;
  if (counts.size() < side.instances.size()) counts.resize(side.instances.size());
  for (std::size_t i = 0; i < side.instances.size(); ++i) {
    const Member& member = side.instances[i];
    counts[i].times.clear();
    InstanceSecond& instance = instances.emplace_back();
    instance.instance = member.ordinal;
    instance.age = std::max(second - member.since, Duration::zero());
  }
  fill_bets(side, second);
  const auto* cells = side.experience->in(second);
  std::int64_t records = 0, requests = 0;
  if (cells != nullptr)
    for (const auto& [slot, cell] : *cells) {
      records += cell.recorded;
      requests += cell.requests + cell.left;
    }
  one_in = records > 0 ? (requests + records - 1) / records : 0;
  if (cells == nullptr || instances.empty()) return;
  for (const auto& [slot, cell] : *cells) {
    if (cell.recorded == 0) continue;
    const int member = member_of(slot, side.instances);
    const auto at = std::ranges::find(instances, member, &InstanceSecond::instance);
    uniform = uniform && cell.requests + cell.left == cell.recorded * one_in;
    at->all.requests += cell.requests / one_in;
    at->all.errors += cell.errors / one_in;
    add(counts[static_cast<std::size_t>(at - instances.begin())].times, cell.times.buckets(), one_in);
  }
  for (std::size_t i = 0; i < instances.size(); ++i) instances[i].all.times = counts[i].times;
}

// Its instances, of which none was asked by anybody who bets.
Hearing::Arm::Group Hearing::Arm::none() const {
  Group none;
  none.times.resize(instances.size());
  for (const InstanceSecond& each : instances)
    none.instances.push_back(
        {.instance = each.instance, .age = each.age, .all = {}, .betting = Outcomes{}, .in_flight = {}});
  return none;
}

void Hearing::Arm::fill_bets(const Side& side, Time second) {
  followed = false;
  groups.clear();
  const auto* cells = side.experience->in(second);
  if (cells == nullptr || instances.empty()) return;
  for (const auto& [slot, cell] : *cells) {
    if (!cell.betting) continue;
    followed = true;
    const auto member = static_cast<std::size_t>(
        std::ranges::find(instances, member_of(slot, side.instances), &InstanceSecond::instance) -
        instances.begin());
    for (const auto& [odds, its] : *cell.betting) {
      Group& all = at(odds);
      Outcomes& outcomes = *all.instances[member].betting;
      outcomes.requests += its.requests;
      outcomes.errors += its.errors;
      add(all.times[member], its.times.buckets(), 1);
      all.sessions += its.sessions;
      all.requests += its.requests;
      all.newest = std::max(all.newest, its.newest);
    }
  }
  for (auto& [odds, all] : groups)
    for (std::size_t i = 0; i < all.instances.size(); ++i) all.instances[i].betting->times = all.times[i];
}

void Hearing::Arm::fill_ages(const Side& side, std::int64_t of_requests) {
  for (std::size_t i = 0; i < instances.size(); ++i) {
    counts[i].ages.clear();
    if (const auto ages = side.in_flight.find(instances[i].instance); ages != side.in_flight.end())
      add(counts[i].ages, ages->second, of_requests);
    instances[i].in_flight = counts[i].ages;
  }
}

void Hearing::Arm::bet_at(const Routed& odds) {
  const Group& its = at(odds);
  sessions = its.sessions;
  for (std::size_t i = 0; i < instances.size(); ++i) instances[i].betting = its.instances[i].betting;
}

std::optional<double> Hearing::share(const Sight& sight) const {
  if (sight.lost || sight.clock_off != Duration::zero() || !sight.one_in || !sight.weight ||
      steady_for_ < steady)
    return std::nullopt;
  if (!canary_.uniform || (canary_.one_in != 0 && canary_.one_in != 1)) return std::nullopt;
  if (!stable_.uniform || (stable_.one_in != 0 && stable_.one_in != *sight.one_in)) return std::nullopt;
  const double of_stable = (1 - *sight.weight) / *sight.one_in;
  return *sight.weight / (*sight.weight + of_stable);
}

// All that bet at other odds than most: where the weight or the rate of recording was changed, and where a
// request is long.
void Hearing::bet(const Sight& sight, Second& second) {
  std::map<Routed, std::int64_t> requests;
  for (const Arm* arm : {&canary_, &stable_})
    for (const auto& [odds, its] : arm->groups) requests[odds] += its.requests;
  // Of nobody who bets, the weight says nothing, and nothing is missing.
  Routed main{static_cast<int>(std::lround(sight.weight.value_or(std::max(weight_, 0.0)) * 10'000)), 1};
  if (!requests.empty())
    main = std::ranges::max_element(requests, {}, [](const auto& each) { return each.second; })->first;
  const bool known = !sight.lost && sight.clock_off == Duration::zero();
  const auto share = [&](const Routed& odds) { return known ? std::optional(odds.share()) : std::nullopt; };
  second.weight = share(main);
  others_.clear();
  for (const auto& [odds, count] : requests)
    if (odds != main) others_.push_back({share(odds), canary_.at(odds).second(), stable_.at(odds).second()});
  second.others = others_;
  canary_.bet_at(main);
  stable_.bet_at(main);
}

// Of sessions as many bet in the canary as of stable's; of requests without one, all do.
void Hearing::fill_ages(const Sight& sight) {
  const int one_in = sight.one_in.value_or(most_one_in_);
  std::int64_t by_session = 0, alone = 0;
  for (const auto& [odds, its] : canary_.groups) (odds.one_in == 1 ? by_session : alone) += its.requests;
  const bool sessions = canary_.followed && by_session >= alone;
  const int of_stable = sessions ? std::max(one_in, most_one_in_) : one_in;
  stable_.fill_ages(sight.stable, of_stable);
  canary_.fill_ages(sight.canary, promoted_ ? one_in : sessions ? of_stable : 1);
}

// A request that was asked more than 2 s after the weight was applied, and was routed at another.
void Hearing::look_for_another_weight(const Sight& sight) {
  constexpr std::chrono::seconds soon{2};
  const bool same = sight.weight && sight.weight == weight_;
  if (!same) applied_since_.reset();
  if (sight.weight && !applied_since_) applied_since_ = sight.second + one_second;
  std::optional<Routed> newest;
  Time asked{};
  for (const Arm* arm : {&canary_, &stable_})
    for (const auto& [odds, its] : arm->groups)
      if (its.newest > asked) {
        asked = its.newest;
        newest = odds;
      }
  if (!newest) return;
  const bool other = applied_since_ && asked > *applied_since_ + soon &&
                     newest->weight != std::lround(*sight.weight * 10'000);
  other_ = other ? newest : std::nullopt;
}

void Hearing::take(const Sight& sight) {
  CHECK(sight.canary.experience != nullptr && sight.stable.experience != nullptr);
  if (last_ && sight.second <= *last_) return;
  last_ = sight.second;
  stable_.fill(sight.stable, sight.second);
  canary_.fill(sight.canary, sight.second);
  look_for_another_weight(sight);
  if (sight.weight) {
    steady_for_ = sight.weight == weight_ ? std::min(steady_for_ + 1, steady) : 0;
    weight_ = *sight.weight;
  }
  Second second;
  second.at = sight.second;
  if (sight.users == Users::none) {
    stable_.fill_ages(sight.stable, sight.one_in.value_or(1));
    second.stable = stable_.second();
    if (!exposed_) trial_.remember(second);
    return;
  }
  if (sight.users == Users::all && !std::exchange(promoted_, true)) trial_.promote();
  most_one_in_ = std::max(most_one_in_, sight.one_in.value_or(1));
  fill_ages(sight);
  if (step_ != sight.step && exposed_) trial_.begin_step();
  step_ = sight.step;
  exposed_ = true;
  if (promoted_)
    second.weight = 1.0;
  else if (canary_.followed || stable_.followed)
    bet(sight, second);
  else
    second.weight = share(sight);
  second.stable = stable_.second();
  second.canary = canary_.second();
  second.damaged = sight.lost;
  second.clock_off = sight.clock_off;
  trial_.take(second);
}

Evidence Hearing::judge(Trial::Moment moment, const Question& question, const Experience& canary,
                        const Experience& stable, Time now) const {
  Evidence evidence = trial_.judge(moment, question, canary, stable, now);
  if (promoted_ || !other_ || evidence.kind == VerdictKind::unhealthy) return evidence;
  evidence.kind = VerdictKind::held;
  evidence.cause = Cause::sample_ratio;
  evidence.detail = fmt::format(
      "requests are routed as if the canary had {} of the users, and not {}: the router is at fault",
      share_figure(other_->weight / 10'000.0), share_figure(weight_));
  return evidence;
}

Json Hearing::checkpoint() const {
  return {{"format", hearing_format},
          {"deployment", deployment_},
          {"trial", trial_.checkpoint()},
          {"last", last_},
          {"step", step_},
          {"exposed", exposed_},
          {"promoted", promoted_},
          {"weight", weight_},
          {"steady_for", steady_for_},
          {"most_one_in", most_one_in_}};
}

Result<Hearing> Hearing::restore(int deployment, Trial::Plan plan, const Json& checkpoint) {
  try {
    if (checkpoint.at("format") != hearing_format || checkpoint.at("deployment") != deployment)
      return fail(ErrorKind::invalid_input, "the judge's checkpoint is of another version or deployment");
    Hearing hearing(deployment, plan);
    TRY(hearing.trial_, Trial::restore(std::move(plan), checkpoint.at("trial")));
    checkpoint.at("last").get_to(hearing.last_);
    checkpoint.at("step").get_to(hearing.step_);
    checkpoint.at("exposed").get_to(hearing.exposed_);
    checkpoint.at("promoted").get_to(hearing.promoted_);
    checkpoint.at("weight").get_to(hearing.weight_);
    checkpoint.at("steady_for").get_to(hearing.steady_for_);
    hearing.most_one_in_ = checkpoint.value("most_one_in", 1);
    return hearing;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorKind::invalid_input, "the judge's checkpoint can't be read: {}", e.what());
  }
}

}  // namespace slipway::judge
