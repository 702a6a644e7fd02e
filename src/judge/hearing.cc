#include "judge/hearing.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/json.h"

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

void Hearing::Arm::fill(const Side& side, Time second, std::int64_t one_in_under_way) {
  instances.clear();
  sessions.reset();
  uniform = true;
  if (counts.size() < side.instances.size()) counts.resize(side.instances.size());
  for (std::size_t i = 0; i < side.instances.size(); ++i) {
    const Member& member = side.instances[i];
    counts[i].times.clear();
    counts[i].betting_times.clear();
    counts[i].ages.clear();
    if (const auto ages = side.in_flight.find(member.ordinal); ages != side.in_flight.end())
      add(counts[i].ages, ages->second, one_in_under_way);
    InstanceSecond& instance = instances.emplace_back();
    instance.instance = member.ordinal;
    instance.age = std::max(second - member.since, Duration::zero());
    instance.in_flight = counts[i].ages;
  }
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
    const int member = member_of(slot, side.instances);
    const auto at = std::ranges::find(instances, member, &InstanceSecond::instance);
    Counts& kept = counts[static_cast<std::size_t>(at - instances.begin())];
    if (cell.recorded > 0) {
      uniform = uniform && cell.requests + cell.left == cell.recorded * one_in;
      at->all.requests += cell.requests / one_in;
      at->all.errors += cell.errors / one_in;
      add(kept.times, cell.times.buckets(), one_in);
    }
    if (!cell.betting) continue;
    if (!at->betting) at->betting.emplace();
    at->betting->requests += cell.betting->requests;
    at->betting->errors += cell.betting->errors;
    add(kept.betting_times, cell.betting->times.buckets(), 1);
    sessions = sessions.value_or(0) + cell.betting->sessions;
  }
  for (std::size_t i = 0; i < instances.size(); ++i) {
    instances[i].all.times = counts[i].times;
    if (instances[i].betting) instances[i].betting->times = counts[i].betting_times;
  }
}

// Whoever wasn't heard of in the second has no session that bets.
void Hearing::Arm::bet_by_session() {
  for (InstanceSecond& each : instances)
    if (!each.betting) each.betting.emplace();
  if (!sessions) sessions = 0;
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

void Hearing::take(const Sight& sight) {
  CHECK(sight.canary.experience != nullptr && sight.stable.experience != nullptr);
  if (last_ && sight.second <= *last_) return;
  last_ = sight.second;
  if (sight.weight) {
    steady_for_ = sight.weight == weight_ ? std::min(steady_for_ + 1, steady) : 0;
    weight_ = *sight.weight;
  }
  const int one_in = sight.one_in.value_or(1);
  Second second;
  second.at = sight.second;
  stable_.fill(sight.stable, sight.second, one_in);
  second.stable = stable_.second();
  if (sight.users == Users::none) {
    if (!exposed_) trial_.remember(second);
    return;
  }
  if (sight.users == Users::all && !std::exchange(promoted_, true)) trial_.promote();
  canary_.fill(sight.canary, sight.second, promoted_ ? one_in : 1);
  if (!promoted_ && (canary_.sessions || stable_.sessions)) {
    canary_.bet_by_session();
    stable_.bet_by_session();
  }
  if (step_ != sight.step && exposed_) trial_.begin_step();
  step_ = sight.step;
  exposed_ = true;
  second.stable = stable_.second();
  second.canary = canary_.second();
  second.weight = promoted_ ? 1.0 : share(sight);
  second.damaged = sight.lost;
  second.clock_off = sight.clock_off;
  trial_.take(second);
}

Evidence Hearing::judge(Trial::Moment moment, const Question& question, const Experience& canary,
                        const Experience& stable, Time now) const {
  return trial_.judge(moment, question, canary, stable, now);
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
          {"steady_for", steady_for_}};
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
    return hearing;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorKind::invalid_input, "the judge's checkpoint can't be read: {}", e.what());
  }
}

}  // namespace slipway::judge
