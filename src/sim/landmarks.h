#pragma once

#include "runner/doors.h"
#include "sim/marks.h"

namespace slipway::sim {

// Reaches the marks that a transaction shows by itself. `before`: what the journal held of its target.
void note_landmarks(Marks& marks, const core::TargetState* before, const runner::Transaction& transaction);

}  // namespace slipway::sim
