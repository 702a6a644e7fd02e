#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "runner/doors.h"
#include "sim/checks.h"
#include "sim/world.h"

namespace slipway::sim {

// Does effects in the world: late, or not at all, or so that nobody hears of it. How it goes is drawn from
// the effect's id and how often it was tried.
class Hands final : public runner::Driver {
 public:
  Hands(World& world, Checks& checks) : world_(world), checks_(checks) {}
  void observe(const core::Effect& effect, Seen seen) override;
  void perform(const core::Effect& effect, Done done) override;

 private:
  // How an attempt goes.
  struct Course {
    Duration acts{};     // after it was asked for
    Duration answers{};  // after that
    bool does = true;
    Proxy::Extent extent = Proxy::Extent::all;  // of what it does to a routing
    std::optional<Duration> late;               // after it answered that it didn't
    core::Outcome outcome;
  };
  Course course(const core::Effect& effect, Draw draw);
  Draw draw(std::string_view what, const core::Effect& effect, int attempt);
  Course course_of(const core::StartInstance& start, int place, Draw& draw);
  Course course_of(const core::StopInstance& stop, int place, Draw& draw);
  Course course_of(const core::ApplyRouting& apply, int place, Draw& draw);
  Course course_of(const core::AwaitDrained& wait, int place, Draw& draw);
  Course course_of(const core::RunSmokeTests& run, int place, Draw& draw);
  Course course_of(const core::RunCheck& run, int place, Draw& draw);
  Course course_of(const core::Notify& notify, int place, Draw& draw);
  Course course_of(const core::OfferRelease& offer, int place, Draw& draw);
  Course course_of(const core::RunAlertCommand& run, int place, Draw& draw);
  void begin(const core::Effect& effect, Done done);
  // `reload`: the one that is waited for.
  void drain(const core::Effect& effect, std::optional<std::uint64_t> reload, Done done);
  bool waits_for_a_reload(const core::Effect& effect) const;
  void reload(const core::Effect& effect, const Course& course, int life, Done done);
  void give_up(int place, std::optional<core::Routing> before);
  bool overtaken(const core::Effect& effect, int life) const;
  void act(const core::Effect& effect, Course course, int life, Done done);
  void act_late(const core::Effect& effect, Duration wait);
  void change_world(const core::Effect& effect, Proxy::Extent extent, core::Outcome& outcome);
  std::optional<core::Outcome> look(const core::Effect& effect);
  std::vector<core::InstanceName> unchecked(const core::Effect& effect, const core::Routing& routing);

  World& world_;
  Checks& checks_;
  std::map<core::EffectId, int> attempts_;
  std::map<std::pair<int, int>, core::EffectId> newest_;         // routing, by the daemon's life and place
  std::map<core::EffectId, std::uint64_t> numbers_;              // where draws are apart
  std::map<std::pair<int, std::size_t>, std::uint64_t> counts_;  // by place and kind of effect
};

}  // namespace slipway::sim
