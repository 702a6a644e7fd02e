#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include "tables.h"

// judge_tables [--quick | --share S] [--others N] [--threads N] [--seed N] [TABLE…]: see script/bench.
namespace slipway::bench {
namespace {

struct Table {
  std::string_view name;
  bool (*print)(const Effort&);
};
constexpr Table tables[] = {
    {"rollbacks", false_rollbacks}, {"efficiency", efficiency}, {"speed", speed}, {"onset", onset},
    {"acceptance", acceptance},     {"limits", limits}};

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

int usage(std::string_view wrong) {
  fmt::print(stderr,
             "judge_tables: {} isn't understood: [--quick | --share S] [--others N] [--threads N] "
             "[--seed N]",
             wrong);
  for (const Table& table : tables) fmt::print(stderr, " [{}]", table.name);
  fmt::print(stderr, "\n");
  return 2;
}

int run(const std::vector<std::string_view>& words) {
  Effort effort;
  std::vector<const Table*> chosen;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "--quick") {
      effort.share = 0.1;
    } else if (words[i] == "--share" && more) {
      if (!read(words[++i], effort.share) || effort.share <= 0) return usage(words[i]);
    } else if (words[i] == "--others" && more) {
      if (!read(words[++i], effort.others) || effort.others < 1) return usage(words[i]);
    } else if (words[i] == "--threads" && more) {
      if (!read(words[++i], effort.threads) || effort.threads < 1) return usage(words[i]);
    } else if (words[i] == "--seed" && more) {
      if (!read(words[++i], effort.seed)) return usage(words[i]);
    } else {
      const auto found = std::ranges::find(tables, words[i], &Table::name);
      if (found == std::end(tables)) return usage(words[i]);
      chosen.push_back(found);
    }
  }
  if (chosen.empty())
    for (const Table& table : tables) chosen.push_back(&table);
  bool holds = true;
  for (const Table* table : chosen) {
    const auto began = std::chrono::steady_clock::now();
    holds = table->print(effort) && holds;
    const auto took = std::chrono::steady_clock::now() - began;
    fmt::print(stderr, "{}: {:.0f} s\n", table->name, std::chrono::duration<double>(took).count());
  }
  return holds ? 0 : 1;
}

}  // namespace

bool report(bool holds, std::string_view promise) {
  fmt::print("{:7} {}\n", holds ? "ok" : "BROKEN", promise);
  std::fflush(stdout);
  return holds;
}

}  // namespace slipway::bench

int main(int argc, char** argv) {
  return slipway::bench::run({argv + 1, argv + argc});
}
