#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace slipway::bench {

// Numbers that depend on the key alone, the same with every compiler and library: xoshiro256++ (Blackman and
// Vigna, 2019). Inline, since a request draws from it three times.
class Random {
 public:
  explicit Random(std::uint64_t key);

  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
  bool chance(double p) { return uniform() < p; }                           // 0 ≤ p ≤ 1
  int below(int bound) {                                                    // 0 … bound - 1; 0 < bound
    return static_cast<int>(((next() >> 32) * static_cast<std::uint64_t>(bound)) >> 32);
  }
  double exponential(double mean);
  double normal();             // mean 0, deviation 1
  int geometric(double mean);  // 1, 2, …; 1 ≤ mean
  int poisson(double mean);    // 0 ≤ mean

 private:
  static std::uint64_t rotate(std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }
  std::array<std::uint64_t, 4> state_;
};

// Draws places of a list with given probabilities, in constant time (Walker's aliases, as Vose builds them,
// 1991).
class Lottery {
 public:
  explicit Lottery(std::span<const double> weights);  // not negative, not all 0
  int draw(Random& random) const {
    const std::uint64_t bits = random.next();
    const auto place = static_cast<std::size_t>(((bits >> 32) * slots_.size()) >> 32);
    const Slot& slot = slots_[place];
    return static_cast<std::uint32_t>(bits) < slot.keep ? static_cast<int>(place) : slot.other;
  }

 private:
  struct Slot {
    std::uint32_t keep = 0;  // of 2^32
    std::int32_t other = 0;
  };
  std::vector<Slot> slots_;
};

// 64 bits out of several numbers.
std::uint64_t key_of(std::span<const std::uint64_t> numbers);

// ln Γ(x), x > 0; to 1e-12 or so.
double log_gamma(double x);

}  // namespace slipway::bench
