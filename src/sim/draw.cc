#include "sim/draw.h"

#include "base/check.h"

namespace slipway::sim {
namespace {

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
std::uint64_t scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;

}  // namespace

std::uint64_t mix(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t sum = golden;
  for (const std::uint64_t number : numbers) sum = scramble(sum + golden + number);
  return sum;
}

std::uint64_t mix(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return sum;
}

std::uint64_t Draw::next() {
  state_ += golden;
  return scramble(state_);
}

std::int64_t Draw::below(std::int64_t bound) {
  CHECK(bound > 0);
  return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
}

std::int64_t Draw::between(std::int64_t least, std::int64_t most) {
  CHECK(least <= most);
  return least + below(most - least + 1);
}

}  // namespace slipway::sim
