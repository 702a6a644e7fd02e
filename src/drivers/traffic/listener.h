#pragma once

#include <string>

#include "base/result.h"

namespace slipway::drivers::haproxy {

// Whether HAProxy could listen there now. conflict, saying why, if not: it binds with SO_REUSEPORT, and
// would share an address with another program of its user without a word.
Status can_listen(const std::string& address);

}  // namespace slipway::drivers::haproxy
