#include "random.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "base/check.h"

namespace slipway::bench {
namespace {

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;

// splitmix64 (Steele, Lea, Flood, 2014): spreads one number over the state.
std::uint64_t scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t key) {
  for (std::uint64_t& word : state_) word = scramble(key += golden);
}

double Random::exponential(double mean) {
  return -mean * std::log1p(-uniform());
}

// Box and Muller's, one of the two.
double Random::normal() {
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

int Random::geometric(double mean) {
  if (mean <= 1) return 1;
  return 1 + static_cast<int>(std::log1p(-uniform()) / std::log1p(-1 / mean));
}

// By inversion, from the most likely number outwards: sqrt(mean) steps, and exact.
int Random::poisson(double mean) {
  if (mean <= 0) return 0;
  double left = uniform();
  const int mode = static_cast<int>(mean);
  const double top = std::exp(mode * std::log(mean) - mean - log_gamma(mode + 1.0));
  double below = top, above = top;
  left -= top;
  for (int step = 0; left > 0; ++step) {
    above *= mean / (mode + step + 1);
    if ((left -= above) <= 0) return mode + step + 1;
    if (mode - step > 0) {
      below *= (mode - step) / mean;
      if ((left -= below) <= 0) return mode - step - 1;
    } else if (above < 1e-18) {
      break;  // what rounding left
    }
  }
  return mode;
}

Lottery::Lottery(std::span<const double> weights) : slots_(weights.size()) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  CHECK(sum > 0);
  std::vector<double> share(weights.begin(), weights.end());
  for (double& each : share) each *= static_cast<double>(share.size()) / sum;
  std::vector<std::size_t> small, large;
  for (std::size_t i = 0; i < share.size(); ++i) (share[i] < 1 ? small : large).push_back(i);
  const auto keep = [](double p) { return static_cast<std::uint32_t>(p * 0x1p32); };
  while (!small.empty() && !large.empty()) {
    const std::size_t poor = small.back(), rich = large.back();
    small.pop_back();
    slots_[poor] = {keep(share[poor]), static_cast<int>(rich)};
    share[rich] -= 1 - share[poor];
    if (share[rich] < 1) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  for (const auto& rest : {small, large})
    for (const std::size_t i : rest) slots_[i] = {0, static_cast<int>(i)};
}

std::uint64_t key_of(std::span<const std::uint64_t> numbers) {
  std::uint64_t sum = golden;
  for (const std::uint64_t number : numbers) sum = scramble(sum + golden + number);
  return sum;
}

// Stirling's series, where it is good; below by the recurrence.
double log_gamma(double x) {
  double shift = 0;
  for (; x < 10; ++x) shift -= std::log(x);
  const double square = 1 / (x * x);
  const double series = (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680))) / x;
  return shift + (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series;
}

}  // namespace slipway::bench
