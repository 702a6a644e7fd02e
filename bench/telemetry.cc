#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.h"
#include "drivers/telemetry/record.h"
#include "drivers/telemetry/tally.h"
#include "judge/experience.h"
#include "judge/hearing.h"

// How many of the proxy's records one core reads, adds up, and judges, in a second.
namespace slipway::drivers::telemetry {
namespace {

constexpr std::string_view token = "0123456789abcdef0123456789abcdef";
constexpr int instances = 20;      // of each release
constexpr int stable_one_in = 10;  // of stable's requests is recorded
constexpr int weight_of_10_000 = 5'000;
constexpr double weight = weight_of_10_000 / 10'000.0;
constexpr int in_a_second = 24'000;  // records
constexpr int seconds = 5;           // that there are lines for
constexpr int in_a_session = 5;      // requests

// The upper half of a multiplication mixes well enough, and the same everywhere.
std::uint32_t mixed(int number) {
  const std::uint64_t once = (static_cast<std::uint64_t>(number) + 1) * 0x9E3779B97F4A7C15U;
  return static_cast<std::uint32_t>((once ^ (once >> 29U)) * 0xBF58476D1CE4E5B9U >> 32U);
}

// Both releases alike: 2 % of errors, times of up to two seconds; sessions of five requests, at the same
// time. Of three sessions one is on the canary, one is stable's and recorded whole, and one is stable's and
// was drawn: exactly so, since the lines are read many times, and a chance that comes again each time isn't
// one.
std::vector<std::string> lines() {
  constexpr int sessions = in_a_second * seconds / in_a_session;
  std::vector<std::string> result;
  for (int i = 0; i < in_a_second * seconds; ++i) {
    const int user = i % sessions, of_three = user / 3;
    const bool canary = user % 3 == 0, drawn = user % 3 != 1;
    const std::uint32_t took = mixed(of_three + i / sessions) % 2'000;
    // Whose thousands divide by a hundred is recorded whole.
    const std::int64_t hash =
        mixed(user) % 4'000 * std::int64_t{1'000'000} + (canary || !drawn ? 0 : 990'000) + user % 10'000;
    result.push_back(fmt::format(
        "{} 3 shop.production shop.production.{} s{} {} -- 0 0 {} {} {} {} {} {} - {} {} - 27919 {}\n", token,
        canary ? 'b' : 'a', 1 + of_three % instances, mixed(of_three) % 50 == 0 ? 500 : 200, took, took + 1,
        1795443416680 + i / 20, canary ? 1 : stable_one_in, drawn ? 0 : 7, hash, weight_of_10_000,
        stable_one_in, i));
  }
  return result;
}

void parse_records(benchmark::State& state) {
  const auto input = lines();
  std::size_t next = 0;
  for (auto _ : state) {
    auto record = parse(input[next], token);
    CHECK(std::holds_alternative<Record>(record));
    benchmark::DoNotOptimize(record);
    next = next + 1 < input.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_records);

// Adds up the lines, again and again, each time as of users who were never seen.
class Adding {
 public:
  void next() {
    if (next_ == 0) tally_.follow_sessions("shop.production", judge::Sessions());
    tally_.add(std::get<Record>(parse(input_[next_], token)));
    next_ = next_ + 1 < input_.size() ? next_ + 1 : 0;
  }
  bool second_is_over() const { return next_ % in_a_second == 0; }
  Telemetry::Batch take() { return tally_.take(); }

 private:
  std::vector<std::string> input_ = lines();
  std::size_t next_ = 0;
  Tally tally_;
};

void parse_and_add_up_records(benchmark::State& state) {
  Adding adding;
  for (auto _ : state) {
    adding.next();
    if (adding.second_is_over()) benchmark::DoNotOptimize(adding.take());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_and_add_up_records);

// A deployment that is heard second by second, as the daemon does.
class Judging {
 public:
  Judging() : hearing_(1, {}) {
    for (int i = 1; i <= instances; ++i) {
      members_.push_back({i, now_ - std::chrono::hours(1)});
      under_way_[i] = {{judge::Histogram::index_of(Duration(0)), 10},
                       {judge::Histogram::index_of(Duration(1'000)), 1}};
    }
  }
  void take(const Telemetry::Batch& batch, judge::Hearing::Users users) {
    add(stable_, batch, "shop.production.a");
    add(canary_, batch, "shop.production.b");
    hearing_.take({.second = now_,
                   .users = users,
                   .weight = users == judge::Hearing::Users::none ? 0 : weight,
                   .one_in = stable_one_in,
                   .canary = {&canary_, members_, under_way_},
                   .stable = {&stable_, members_, under_way_}});
    benchmark::DoNotOptimize(hearing_.trial().alarm());
    for (judge::Experience* each : {&stable_, &canary_}) each->forget_before(now_ - std::chrono::minutes(1));
    now_ += std::chrono::seconds(1);
  }
  const judge::Trial& trial() const { return hearing_.trial(); }

 private:
  void add(judge::Experience& experience, const Telemetry::Batch& batch, const char* name) {
    const auto backend = batch.backends.find(name);
    if (backend == batch.backends.end()) return;
    for (const auto& [asked, cells] : backend->second.cells)
      for (const auto& [slot, cell] : cells) experience.add(now_, slot, cell);
  }
  Time now_{std::chrono::seconds(1'795'443'416)};
  judge::Hearing hearing_;
  judge::Experience stable_, canary_;
  std::vector<judge::Hearing::Member> members_;
  std::map<int, std::vector<judge::Histogram::Bucket>> under_way_;
};

void parse_add_up_and_judge_records(benchmark::State& state) {
  using Users = judge::Hearing::Users;
  constexpr int seconds_before = 30;
  Adding adding;
  Judging judging;
  for (int i = 0; i < seconds_before * in_a_second; ++i) {
    adding.next();
    if (adding.second_is_over()) judging.take(adding.take(), Users::none);
  }
  for (auto _ : state) {
    adding.next();
    if (adding.second_is_over()) judging.take(adding.take(), Users::some);
  }
  CHECK(judging.trial().alarm() == judge::Cause::none);  // or less would be done than for a good canary
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_add_up_and_judge_records)->MinTime(3);

}  // namespace
}  // namespace slipway::drivers::telemetry

BENCHMARK_MAIN();
