#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace slipway::judge {

// The judge's word on a canary.
struct Verdict {
  enum class Kind {
    healthy,
    unhealthy,  // users are to go back
    undecided,  // too little is known to say
    held,       // it can't be judged: stable breaks the same limit, so going back won't help
  };
  Kind kind = Kind::undecided;
  std::string reason;             // a sentence without a full stop, figures first
  std::optional<Time> first_bad;  // unhealthy: the first request that counted against it
  bool operator==(const Verdict&) const = default;
};

std::string_view name(Verdict::Kind kind);  // "healthy"

}  // namespace slipway::judge
