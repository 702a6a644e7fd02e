#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "judge/evidence.h"
#include "judge/verdict_kind.h"

namespace slipway::judge {

// The judge's word on a canary.
struct Verdict {
  using Kind = VerdictKind;
  Kind kind = Kind::undecided;
  std::string reason;                // a sentence without a full stop, figures first
  std::optional<Time> first_bad;     // unhealthy: the first request that counted against it
  std::optional<Evidence> evidence;  // the numbers; nothing in journals of before there were any
  bool operator==(const Verdict&) const = default;
};

Verdict verdict(const Evidence& evidence);

}  // namespace slipway::judge
