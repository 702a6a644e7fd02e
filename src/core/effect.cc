#include "core/effect.h"

#include <charconv>

namespace slipway::core {

SLIPWAY_DEFINE_VALUE(Effect);

Outcome Outcome::failed(std::string why) {
  Outcome outcome;
  outcome.status = Status::failed;
  outcome.message = std::move(why);
  return outcome;
}

Outcome Outcome::unavailable(std::string why) {
  Outcome outcome;
  outcome.status = Status::unavailable;
  outcome.message = std::move(why);
  return outcome;
}
bool Effect::operator==(const Effect&) const = default;

Effect::Effect(EffectId an_id, EffectBody a_body) : id(std::move(an_id)), body(std::move(a_body)) {}

namespace {

// Of "and 43 more"; nothing: the line is a commit's.
std::optional<std::size_t> more_of(std::string_view line) {
  constexpr std::string_view before = "and ", behind = " more";
  if (line.size() < before.size() + behind.size() || !line.starts_with(before) || !line.ends_with(behind))
    return std::nullopt;
  line.remove_prefix(before.size());
  line.remove_suffix(behind.size());
  std::size_t more = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), more);
  if (stop != line.data() + line.size() || error != std::errc()) return std::nullopt;
  return more;
}

}  // namespace

std::vector<std::string> first_changes(std::vector<std::string> changes, std::size_t most) {
  if (changes.size() <= most) return changes;
  const auto more = more_of(changes.back());
  const std::size_t all = more ? changes.size() - 1 + *more : changes.size();
  changes.resize(most);
  changes.push_back(fmt::format("and {} more", all - most));
  return changes;
}

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
