#include "rollout.h"

#include <algorithm>
#include <cmath>

#include "judge/relative.h"

namespace slipway::bench {
namespace {

constexpr double alpha = 0.01;

// Stable's requests before the rollout, at once.
std::vector<Request> history(Stream& stream, double rate, double most_requests) {
  std::vector<Request> all;
  const int seconds = std::max(1, static_cast<int>(most_requests / rate));
  for (int i = 0; i < seconds; ++i) {
    const std::vector<Request>& more = stream.before();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

Time at(int second) {
  return Time(std::chrono::seconds(1'800'000'000 + second));
}

std::int64_t requests_of(const judge::ArmSecond& arm) {
  std::int64_t sum = 0;
  for (const judge::InstanceSecond& each : arm.instances) sum += each.all.requests;
  return sum;
}

}  // namespace

Manner standard(const Scene& scene) {
  Manner manner;
  const bool sticky = scene.suite == Suite::sticky_retries || scene.suite == Suite::heavy_clients;
  manner.who = sticky ? Tally::Who::sessions : Tally::Who::requests;
  return manner;
}

Ending roll_out(const Stage& stage, std::uint64_t key, const Manner& manner) {
  using judge::Cause;
  Stream stream(stage, key);
  // Who bet in the history isn't remembered.
  Tally before(stage.scene(), Tally::Who::requests), tally(stage.scene(), manner.who);
  judge::Trial trial({manner.settings, manner.triggers, std::chrono::seconds(rollout_seconds)});
  const double rate = stage.scene().rate;
  const std::vector<Request> past = history(stream, rate, std::min(300 * rate, 60'000.0));
  trial.remember(before.second(at(-1), 0, past));
  Ending ending;
  for (int second = 0; second < manner.seconds; ++second) {
    const std::vector<Request>& requests = stream.next();
    const judge::Second& seen = tally.second(at(second), stream.weight(), requests);
    trial.take(seen);
    ending.requests += static_cast<std::int64_t>(requests.size());
    ending.canary_requests += requests_of(seen.canary);
    if (ending.accepted == never && trial.log_acceptance() >= std::log(1 / manner.settings.accept.beta)) {
      ending.accepted = second + 1;
      ending.canary_requests_until_accepted = ending.canary_requests;
      if (manner.until == Manner::Until::accepted) break;
    }
    const Cause alarm = trial.alarm();
    if (alarm == Cause::none) continue;
    if (alarm == Cause::fast_path || alarm == Cause::relative || alarm == Cause::trigger) {
      if (ending.back == never) {
        ending.back = second + 1;
        ending.cause = alarm;
      }
      if (manner.until == Manner::Until::back) break;
      continue;
    }
    ending.held = std::min(ending.held, second + 1.0);
  }
  return ending;
}

Ending bet_only(const Stage& stage, std::uint64_t key) {
  Stream stream(stage, key);
  Tally tally(stage.scene(), Tally::Who::requests);
  judge::Settings settings;
  settings.strict = true;
  auto setup = judge::Relative::setup(settings, std::chrono::seconds(rollout_seconds));
  setup.clip = judge::Relative::Setup::Clip::none;
  setup.most_gain_of_all = setup.pace = 0;
  setup.first = 1;
  setup.kept = 0;
  setup.injections = 0;
  judge::Relative relative(setup);
  const std::vector<Request> past = history(stream, stage.scene().rate, 20'000);
  relative.remember(tally.second(at(-1), 0, past).stable);
  Ending ending;
  for (int second = 0; second < rollout_seconds && ending.back == never; ++second) {
    const std::vector<Request>& requests = stream.next();
    const judge::Second& seen = tally.second(at(second), stream.weight(), requests);
    relative.take(seen);
    ending.requests += static_cast<std::int64_t>(requests.size());
    ending.canary_requests += requests_of(seen.canary);
    if (relative.log_evidence() >= std::log(1 / alpha)) ending.back = second + 1;
  }
  return ending;
}

}  // namespace slipway::bench
