#pragma once

#include "base/json.h"
#include "scenario/disk.h"
#include "scenario/hands.h"

namespace slipway::scenario {

// How it ended, to be compared: the target's state, its deployments' records, the effects that are open, what
// runs and how users are routed. Without the number of events and the ids of effects, which are made of it: a
// crash adds events. An id is given as which of the open effects it is, when those are sorted by what they
// are to do. Everything else stands as it is, times too.
Json ending(const Disk& disk, const Hands& hands);

}  // namespace slipway::scenario
