#pragma once

#include <optional>

#include "judge/judge.h"

namespace slipway::judge {

// The triggers as they are written: unhealthy or held where one is breached. Of several, one that going back
// mends comes first, and all of the kind are named.
std::optional<Verdict> breach(const Question& question, const Experience& canary, const Experience& stable,
                              Time now);

}  // namespace slipway::judge
