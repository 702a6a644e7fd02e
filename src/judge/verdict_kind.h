#pragma once

#include <string_view>

namespace slipway::judge {

enum class VerdictKind {
  healthy,
  unhealthy,  // users are to go back
  undecided,  // too little is known to say
  held,       // it can't be judged: stable breaks the same limit, so going back won't help
};

std::string_view name(VerdictKind kind);  // "healthy"

}  // namespace slipway::judge
