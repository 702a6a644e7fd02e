#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include "judge/experience.h"
#include "sim/checks.h"
#include "sim/world.h"

namespace slipway::sim {

// Users who ask so many times a second, and what is recorded of it. What fails and what is slow is spread
// evenly: releases that are alike look alike, in every second. A new one for each life of the daemon.
class Users {
 public:
  static constexpr std::size_t tail = 4;  // so many answers take longer than the usual one

  Users(World& world, Checks& checks) : world_(world), checks_(checks) {}

  // Of a second that is over.
  void ask(int place, Time second);
  void observe(int place, const core::TargetState& state, Time now);
  void forget_before(Time time);
  void forget(int place);
  // Empty where nothing is known.
  const judge::Experience& of(int place, int deployment) const;

 private:
  // Parts of requests that are left over, so that shares are right over time.
  struct Rests {
    std::int64_t requests = 0, errors = 0, heard = 0;
    std::array<std::int64_t, tail> slower{};
  };
  void meet(int place, core::Pool pool, core::Pool asked, int requests, Time second);

  World& world_;
  Checks& checks_;
  std::map<std::pair<int, int>, judge::Experience> experiences_;  // by place and deployment
  std::map<std::pair<int, int>, Rests> rests_;
};

}  // namespace slipway::sim
