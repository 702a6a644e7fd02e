#include <map>
#include <memory>
#include <string>
#include <utility>

#include "sim/meddling.h"

// What a witness could get wrong: the judge hears of something else.
namespace slipway::sim {
namespace {

using Sight = judge::Hearing::Sight;

Interference hearing_of(std::function<void(Sight&)> sight) {
  Interference interference;
  interference.sight = std::move(sight);
  return interference;
}

Interference takes_stables_users_for_the_canarys() {
  return hearing_of([](Sight& sight) {
    if (sight.users == judge::Hearing::Users::some) sight.canary.experience = sight.stable.experience;
  });
}

Interference confuses_the_arms() {
  return hearing_of([](Sight& sight) {
    if (sight.users == judge::Hearing::Users::some)
      std::swap(sight.canary.experience, sight.stable.experience);
  });
}

// What is kept of a trial is what was kept last of the deployment before.
Interference keeps_anothers_trial() {
  struct Known {
    int deployment = 0;
    Json last, before;
  };
  const auto known = std::make_shared<std::map<core::Target, Known>>();
  Interference interference;
  interference.kept = [known](const core::TargetState& state, Json checkpoint) {
    Known& own = (*known)[state.target];
    const int deployment = state.deployment->record.number;
    if (own.deployment != deployment) own.before = std::move(own.last);
    own.deployment = deployment;
    own.last = checkpoint;
    if (!own.before.is_object()) return checkpoint;
    Json other = own.before;
    other["deployment"] = deployment;
    return other;
  };
  return interference;
}

}  // namespace

std::vector<Bug> mistakes_of_witnesses() {
  return {
      {"takes stable's users for the canary's",
       {"heard", "unfit", "fair"},
       takes_stables_users_for_the_canarys},
      {"confuses the arms", {"heard", "unfit", "fair"}, confuses_the_arms},
      {"keeps another deployment's trial", {"heard", "fair"}, keeps_anothers_trial},
  };
}

}  // namespace slipway::sim
