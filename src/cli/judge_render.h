#pragma once

#include <string>

#include "cli/judge_replay.h"
#include "cli/render.h"

namespace slipway::cli {

// The verdict with its reason, when it came, and the evidence by metric.
std::string render_judged(const Replay::Word& word, const Paint& paint, const Page& page = {});

}  // namespace slipway::cli
