#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/effect.h"
#include "sim/draw.h"
#include "sim/marks.h"
#include "sim/plan.h"

namespace slipway::sim {

// Virtual time, and what the plan says of it: the ground that everything in a run stands on. `now` is the
// true time since the run began; the wall clock is what clocks on the host show.
class Scene {
 public:
  explicit Scene(const Plan& plan);
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  const Plan& plan() const { return plan_; }
  Duration now() const { return now_; }
  Time wall() const { return Time(Duration(1'800'000'000'000)) + now_ + wall_offset_; }
  void jump(Duration by) { wall_offset_ += by; }
  Duration wall_offset() const { return wall_offset_; }

  using Action = std::function<void()>;
  void at(Duration when, Action action);
  void in(Duration wait, Action action) { at(now_ + wait, std::move(action)); }
  // Does what is due next; false: nothing is, before `until`.
  bool step(Duration until);

  bool healed() const { return now_ >= plan_.heals; }
  // A fault of this kind lasts, at this place.
  bool window(Entry::Kind kind, int place) const { return lasting(kind, place) != nullptr; }
  const Entry* lasting(Entry::Kind kind, int place) const;  // null: none does
  bool window(Entry::Kind kind) const;                      // at any place
  // The release is like that.
  bool is(Entry::Kind kind, int place, int revision) const;
  // Takes the armed fault of this kind whose turn it is, if there is one: it happens once, to the `number`th
  // that asks.
  std::optional<Entry> struck(Entry::Kind kind);
  bool strikes(Entry::Kind kind) { return struck(kind).has_value(); }
  void arm(const Entry& entry) { armed_.push_back(entry); }

  Draw draw(std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0) const;
  Draw draw(std::string_view what, const core::EffectId& id, int attempt) const;
  int index(const core::Target& target) const;  // of its place
  const Place& place(int index) const { return plan_.places[static_cast<std::size_t>(index)]; }
  int places() const { return static_cast<int>(plan_.places.size()); }

  Marks marks;

 private:
  struct Due {
    Duration when{};
    std::uint64_t order = 0;
    Action action;
  };
  static bool later(const Due& one, const Due& other);

  const Plan& plan_;
  std::vector<Entry> windows_, characters_, armed_;
  Duration now_{};
  Duration wall_offset_{};
  std::vector<Due> queue_;  // a heap
  std::uint64_t orders_ = 0;
};

}  // namespace slipway::sim
