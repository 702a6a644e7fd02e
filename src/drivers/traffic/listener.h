#pragma once

#include <map>
#include <optional>
#include <string>

#include "drivers/traffic/haproxy_config.h"

namespace slipway::drivers::haproxy {

// Whether HAProxy could listen there now. conflict, saying why, if not: it binds with SO_REUSEPORT, and
// would share an address with another program of its user without a word.
Status can_listen(const std::string& address);

// Where users can't be served, since the host doesn't have the address (an interface comes late, a virtual
// address moves to another host), or another program listens there.
struct Listeners {
  Addresses absent;                           // can't be listened at now
  Addresses back;                             // the running HAProxy lacks them, and could have them now
  std::map<core::Target, Addresses> missing;  // absent, or lacking
};
// `without`: what the running HAProxy lacks; nothing where none answers. `unbindable`: where it couldn't
// listen when it began, and so ended; trying it ourselves would be in its way.
Listeners look_at_listeners(const Routes& routes, const std::optional<Addresses>& without,
                            const std::vector<ListenAddress>& unbindable);

}  // namespace slipway::drivers::haproxy
