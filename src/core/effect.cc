#include "core/effect.h"

namespace slipway::core {

Result<Target> parse_target(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string_view::npos)
    return fail(ErrorKind::invalid_input, "\"{}\" is not a target: write it as SERVICE/ENVIRONMENT", text);
  return Target{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::string EffectId::text() const {
  return fmt::format("{}#{}.{}", target.text(), event, ordinal);
}

std::string_view kind(const EffectBody& body) {
  struct Kinds {
    std::string_view operator()(const StartInstance&) const { return "start instance"; }
    std::string_view operator()(const StopInstance&) const { return "stop instance"; }
    std::string_view operator()(const ApplyRouting&) const { return "apply routing"; }
    std::string_view operator()(const AwaitDrained&) const { return "await drained"; }
    std::string_view operator()(const RunSmokeTests&) const { return "run smoke tests"; }
    std::string_view operator()(const RunCheck&) const { return "run check"; }
    std::string_view operator()(const Notify&) const { return "notify"; }
    std::string_view operator()(const OfferRelease&) const { return "offer release"; }
    std::string_view operator()(const RunAlertCommand&) const { return "run alert command"; }
  };
  return std::visit(Kinds{}, body);
}

}  // namespace slipway::core
