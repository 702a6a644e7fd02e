#pragma once

#include "config/section.h"
#include "judge/settings.h"

namespace slipway::config {

// The section `strategy.canary.judge`. What isn't written keeps its default; of `metrics`, those that are
// named are all that is compared.
judge::Settings read_judge(const Field& field, Problems& problems);

}  // namespace slipway::config
