#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "drivers/telemetry/record.h"
#include "drivers/telemetry/tally.h"

// How many of the proxy's records one core reads, and adds up, in a second.
namespace slipway::drivers::telemetry {
namespace {

constexpr std::string_view token = "0123456789abcdef0123456789abcdef";

// Two pools of four instances over ten seconds, some errors, times of up to two seconds.
std::vector<std::string> lines() {
  std::vector<std::string> result;
  for (int i = 0; i < 10'000; ++i) {
    const int took = i * 7919 % 2'000;
    result.push_back(
        fmt::format("{} 2 shop.production shop.production.{} s{} {} -- 0 0 {} {} {} {} - - - 27919 {}\n",
                    token, i % 3 == 0 ? 'b' : 'a', 1 + i % 4, i % 50 == 0 ? 500 : 200, took, took + 1,
                    1795443416680 + i, i % 3 == 0 ? 1 : 100, i));
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

void parse_and_add_up_records(benchmark::State& state) {
  const auto input = lines();
  std::size_t next = 0;
  Tally tally;
  for (auto _ : state) {
    tally.add(std::get<Record>(parse(input[next], token)));
    if (++next < input.size()) continue;
    next = 0;
    benchmark::DoNotOptimize(tally.take());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_and_add_up_records);

}  // namespace
}  // namespace slipway::drivers::telemetry

BENCHMARK_MAIN();
