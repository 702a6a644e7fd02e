#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/doors.h"
#include "sim/checks.h"
#include "sim/world.h"

namespace slipway::sim {

// The journal, which outlives the daemon: what was appended stays, unless the disk lied.
class Disk final : public runner::Journal {
 public:
  Disk(World& world, Checks& checks);

  Status append(const runner::Transaction& transaction) override;
  Result<std::vector<runner::Recovered>> recover() override;
  Status check() override;

  const core::TargetState* find(int place) const;
  std::int64_t appends() const { return appends_; }
  std::uint64_t hash() const { return hash_; }
  // The last transactions, `count` at most, were never written: how many.
  std::int64_t lose_tail(std::int64_t count);
  // Beside the journal, one file a target: where the judge's trial had got to. What is found by the next
  // daemon is sometimes torn, or isn't there.
  void keep_trial(int place, std::string text);
  std::string kept_trial(int place) const;  // empty: there is none
  void drop_trial(int place) { trials_.erase(place); }

  // Called in the middle of an append: everything on the host is off for that long.
  std::function<void(Duration lasts)> power_fails;
  // Called after each append.
  std::function<void(const runner::Transaction&)> appended;

  std::optional<std::string> noted_boot;
  std::optional<Time> touched;  // by a daemon that lived, on the wall clock
  std::optional<Time> renewed;  // each lease was, then or later

 private:
  struct Kept {
    bool known = false;
    core::TargetState state;
    std::map<core::EffectId, core::Effect> open;
  };
  // What was there before an append.
  struct Before {
    std::size_t place = 0;
    Kept kept;
    std::optional<std::string> noted_boot;
  };
  void write(const runner::Transaction& transaction);

  World& world_;
  Checks& checks_;
  bool lies_ = false;          // the tail may get lost …
  std::deque<Before> tail_;    // … and this is needed then
  std::vector<Kept> targets_;  // by place
  std::map<int, std::string> trials_;
  std::int64_t appends_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace slipway::sim
