#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/step.h"
#include "judge/alarm.h"
#include "server/experiences.h"

namespace slipway::server {

// The alerts that are armed at each target, over what users of all its releases experience. A daemon that
// starts knows nothing of what the one before it saw: alerts begin anew with it, and those that were firing
// go on until a whole period without cause was seen.
class Alarms {
 public:
  using Targets = std::map<core::Target, core::TargetState>;

  // What was experienced in the second, which is over and after those that were taken before.
  void take(const Targets& targets, const Experiences& experiences, Time second);
  // What the states don't know yet.
  std::vector<std::pair<core::Target, core::AlertChanged>> news(const Targets& targets) const;

 private:
  struct Armed {
    core::Duties::Alarm duty;
    std::vector<judge::Alarm> alarms;  // one for each of its alerts
  };
  std::map<core::Target, Armed> armed_;
};

}  // namespace slipway::server
