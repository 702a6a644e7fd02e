#pragma once

namespace slipway::os {

// Whether a server could listen on this TCP port now, on whatever address: nothing is bound to it, nor are
// connections of an earlier server still in TIME_WAIT.
bool port_is_free(int port);

}  // namespace slipway::os
