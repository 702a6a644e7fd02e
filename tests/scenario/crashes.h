#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace slipway::scenario {

// A moment between two steps of the daemon, in which it may die.
struct Boundary {
  enum class Kind {
    before_append,  // what happened, an outcome too, is known to nobody else yet
    after_append,   // durable, and none of its effects is asked for
    before_look,    // recovering, before it is looked whether an effect was done
    before_effect,  // asked for, not done
    after_effect,   // done, or tried in vain, and nobody has heard of it
  };
  Kind kind = Kind::before_append;
  std::int64_t event = 0;  // the number of what is appended, or of what asked for the effect
  int ordinal = 0;         // of the effect among that event's
  auto operator<=>(const Boundary&) const = default;
};
std::string describe(const Boundary& boundary);

// Thrown through the runner: nothing of that life happens any more.
struct Crash {};

// When the daemon dies.
class Crashes {
 public:
  static Crashes never() { return {}; }
  // At the boundaries that are the first, second … (from 0) to be reached, those of later lives counted on.
  static Crashes at(std::set<std::size_t> which);
  // At each boundary when it is reached for the first time by a daemon that has recovered. What was lost
  // before its append gets through when it is told again: recovering makes events of its own, so it would be
  // another boundary each time.
  static Crashes everywhere();

  // The daemon is at this boundary. Throws Crash where it is to die.
  void reach(Boundary boundary);

  // A life of the daemon has recovered, and was told all that it has to know.
  void recovered();

  const std::vector<Boundary>& reached() const { return reached_; }
  int count() const { return count_; }
  // How many boundaries the last life passed until it had recovered.
  std::size_t recovering() const { return recovering_; }

 private:
  bool strikes_everywhere(const Boundary& boundary);

  std::set<std::size_t> which_;
  bool everywhere_ = false;
  std::set<Boundary> known_;
  std::vector<Boundary> reached_;
  bool recovered_ = false;
  bool lost_ = false;  // what was to be appended when the last daemon died
  std::size_t began_ = 0;
  std::size_t recovering_ = 0;
  int count_ = 0;
};

}  // namespace slipway::scenario
