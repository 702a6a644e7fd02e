#include "judge/verdict.h"

namespace slipway::judge {

std::string_view name(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::healthy:
      return "healthy";
    case Verdict::Kind::unhealthy:
      return "unhealthy";
    case Verdict::Kind::undecided:
      return "undecided";
    case Verdict::Kind::held:
      return "held";
  }
  return "";
}

}  // namespace slipway::judge
