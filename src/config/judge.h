#pragma once

#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

// The section `strategy.canary.judge`, or the word `none`, with which nothing is compared. What isn't written
// keeps its default; of `metrics`, those that are named are all that is compared.
void read_judge(const Field& field, core::Strategy& canary, Problems& problems);

}  // namespace slipway::config
