#pragma once

#include <string>

#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

// Without a section: by the proxy's own cookie.
inline const core::Sticky by_own_cookie{.cookie = "", .header = "", .drawn = true, .trusted_proxies = {}};

// The section `sticky` of an environment; `where` is what messages call that: "environments.production".
core::Sticky read_sticky(const Field& field, const std::string& where, Problems& problems);

// The key `trusted_proxies` of an environment: addresses and networks.
std::vector<std::string> read_trusted_proxies(const Field& field, const core::Sticky& sticky,
                                              Problems& problems);

}  // namespace slipway::config
