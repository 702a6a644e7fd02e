#include "runner/doors.h"

namespace slipway::runner {

SLIPWAY_DEFINE_VALUE(Transaction);

}  // namespace slipway::runner
