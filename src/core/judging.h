#pragma once

#include <optional>

#include "core/step.h"
#include "judge/hearing.h"

// What the judge is asked about a target, and what of its answers is said.
namespace slipway::core {

// What the deployment under way is tried for, the same from its beginning to its end; nothing where it isn't
// judged: a way back, or a release that no limit is written for and that nobody is on beside another one.
std::optional<judge::Trial::Plan> trial(const TargetState& state);

// The release that the deployment under way brings, and the one that it is compared with; null: none.
struct Arms {
  const Fleet* canary = nullptr;
  const Fleet* stable = nullptr;
};
Arms arms(const TargetState& state);

// How users are spread now, for the judge: all of a Sight but the second and what was recorded in it.
judge::Hearing::Sight sight(const TargetState& state);

// Whether the judge is asked for its last word on what is under way.
judge::Trial::Moment moment(const Duties::Judging& judging, Time now);

// Whether the judge's word is worth an event: another one than the state has, or another reason for it when
// something is about to follow from it. A canary that was found healthy stays so until its hold's end, unless
// the judge says worse than undecided, or that what was seen is damaged.
bool is_news(const TargetState& state, const VerdictChanged& word, Time now);

}  // namespace slipway::core
