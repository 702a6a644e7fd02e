#include "core/plan.h"

#include <algorithm>

namespace slipway::core {

std::string_view name(Stage::Kind kind) {
  switch (kind) {
    case Stage::Kind::checklist:
      return "checklist";
    case Stage::Kind::approval:
      return "approval";
    case Stage::Kind::window:
      return "window";
    case Stage::Kind::start:
      return "start";
    case Stage::Kind::healthy:
      return "healthy";
    case Stage::Kind::route:
      return "route";
    case Stage::Kind::smoke:
      return "smoke tests";
    case Stage::Kind::shift:
      return "shift";
    case Stage::Kind::hold:
      return "hold";
    case Stage::Kind::promote:
      return "promote";
    case Stage::Kind::verify:
      return "verify";
    case Stage::Kind::bake:
      return "bake";
    case Stage::Kind::drain:
      return "drain";
    case Stage::Kind::retire:
      return "retire";
    case Stage::Kind::return_users:
      return "return users";
    case Stage::Kind::drain_canary:
      return "drain canary";
    case Stage::Kind::stop_canary:
      return "stop canary";
  }
  return "";
}

std::string describe(const Stage& stage) {
  switch (stage.kind) {
    case Stage::Kind::checklist:
      return "the checklist";
    case Stage::Kind::approval:
      return "approval by people other than the author";
    case Stage::Kind::window:
      return "wait until it may be deployed to";
    case Stage::Kind::start:
      return "start the new release's instances";
    case Stage::Kind::healthy:
      return "wait until they are healthy";
    case Stage::Kind::route:
      return "make them known to the proxy, with no user on them";
    case Stage::Kind::smoke:
      return "smoke tests against the new release alone";
    case Stage::Kind::shift:
      return fmt::format("{} % of users", stage.weight);
    case Stage::Kind::hold:
      return fmt::format("hold for {}{}", format_duration(stage.duration),
                         stage.early ? ", or less once the judge accepts" : "");
    case Stage::Kind::promote:
      return "promote: the new release is stable";
    case Stage::Kind::verify:
      return "smoke tests at the public address";
    case Stage::Kind::bake:
      return fmt::format("bake for {}, the old release warm", format_duration(stage.duration));
    case Stage::Kind::drain:
      return "let the old release's requests end";
    case Stage::Kind::retire:
      return "stop the old release";
    case Stage::Kind::return_users:
      return "bring users back";
    case Stage::Kind::drain_canary:
      return "let the new release's requests end";
    case Stage::Kind::stop_canary:
      return "stop the new release";
  }
  return "";
}

Duration expected(const std::vector<Stage>& stages, std::size_t from) {
  Duration sum{};
  for (std::size_t i = from; i < stages.size(); ++i)
    if (stages[i].kind == Stage::Kind::hold || stages[i].kind == Stage::Kind::bake) sum += stages[i].duration;
  return sum;
}

std::vector<Stage> plan(const Bound& bound, Request::Kind request, bool replaces) {
  using Kind = Stage::Kind;
  const bool back = request == Request::Kind::rollback;
  const auto tested = [&](SmokeTest::When when) {
    return !back && std::ranges::any_of(bound.smoke_tests, [&](const SmokeTest& test) {
      return test.when == when || test.when == SmokeTest::When::both;
    });
  };
  std::vector<Stage> stages{{Kind::start}, {Kind::healthy}, {Kind::route}};
  if (tested(SmokeTest::When::canary)) stages.push_back({Kind::smoke});
  // Nobody can be hurt by a first release, and there is nobody to compare it with: it takes all users at
  // once.
  if (replaces && back) {
    stages.push_back({Kind::shift, 100});
  } else if (replaces) {
    for (const CanaryStep& step : bound.strategy.steps) {
      stages.push_back({Kind::shift, step.weight});
      if (step.hold > Duration::zero()) stages.push_back({Kind::hold, step.weight, step.hold, step.early});
    }
  }
  stages.push_back({Kind::promote});
  if (tested(SmokeTest::When::promoted)) stages.push_back({Kind::verify});
  if (replaces) {
    stages.push_back({Kind::bake, 0, bound.strategy.bake});
    stages.push_back({Kind::drain});
    stages.push_back({Kind::retire});
  }
  return stages;
}

}  // namespace slipway::core
