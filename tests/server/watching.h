#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hand_clock.h"
#include "server/witness.h"
#include "turning.h"

namespace slipway::server {

inline const core::Target shop{"shop", "production"};

inline core::Fleet fleet(int deployment, std::string version, core::Pool pool) {
  core::Fleet fleet;
  fleet.deployment = deployment;
  fleet.release = {deployment, std::move(version), std::string(64, 'a')};
  fleet.pool = pool;
  fleet.bound.rollback_triggers = {{.threshold = 50'000, .duration = Duration(10'000)}};
  fleet.instances.push_back({.name = {deployment, 1}, .port = 20'000, .running = true});
  fleet.instances.back().health = core::Health::healthy;
  return fleet;
}

inline core::Routing both_routed() {
  core::Routing routing;
  routing.stable = core::Pool::a;
  routing.canary = core::Pool::b;
  routing.weight = 25;
  routing.a.servers = {{{1, 1}, 20'000}};
  routing.b.servers = {{{2, 1}, 20'001}};
  return routing;
}

// A witness of a canary at 25 % that began twenty seconds ago, beside a stable release, in a made-up world.
class Watching : public testing::Test {
 protected:
  Watching() {
    core::TargetState state;
    state.target = shop;
    state.stable = fleet(1, "1.0.0", core::Pool::a);
    state.canary = fleet(2, "1.1.0", core::Pool::b);
    state.traffic.wanted = state.traffic.applied = both_routed();
    state.deployments = 2;
    core::Deployment deployment;
    deployment.record.number = 2;
    deployment.record.replaced = state.stable->release;
    deployment.stages = {{core::Stage::Kind::hold, 25, Duration(600'000)}};
    deployment.exposed = deployment.step = deployment.entered = state.now = clock.time;
    state.deployment = deployment;
    targets[shop] = state;
    turning.now([this] { witness.emplace(turning.loop, *workers, clock, doors()); });
  }
  ~Watching() override {
    settle();
    settle();  // what came back may have asked for more
    turning.now([this] { witness.reset(); });
  }

  Witness::Doors doors() {
    return {.take = [this] { return std::exchange(batch, {}); },
            .sample = [this](const core::Target&, int one_in) -> Status {
              const std::lock_guard lock(mutex);
              rates.push_back(one_in);
              if (proxy_is_down) return fail(ErrorKind::unavailable, "the proxy is down");
              return {};
            },
            .counts = [this](const std::vector<core::Target>& asked) -> Result<Witness::Counts> {
              const std::lock_guard lock(mutex);
              Witness::Counts counts;
              for (const core::Target& target : asked) counts[target] = {.a = 7, .b = counted};
              return counts;
            },
            .targets = [this]() -> const auto& { return targets; },
            .deliver =
                [this](const core::Target&, core::VerdictChanged verdict) {
                  delivered.push_back(verdict.verdict.kind);
                  reason = verdict.verdict.reason;
                },
            .alert = [this](const core::Target&, core::AlertChanged alert) { alerts.push_back(alert); },
            .suspended = [this] { return suspended; },
            .follow_sessions = [this](const core::Target&) { ++sessions_begun; },
            .forget_sessions = [this](const core::Target&) { ++sessions_forgotten; },
            .keep = {.write = [this](const core::Target&, const Json& written) { checkpoint = written; },
                     .read = [this](const core::Target&) -> Result<Json> {
                       if (checkpoint.is_null()) return fail(ErrorKind::not_found, "there is none");
                       return Result<Json>(std::in_place, checkpoint);
                     },
                     .remove = [this](const core::Target&) { checkpoint = nullptr; }}};
  }

  core::TargetState& state() { return targets.at(shop); }

  void record(core::Pool pool, std::int64_t requests, std::int64_t errors) {
    judge::Cell cell;
    cell.recorded = cell.requests = requests;
    cell.errors = cell.by_class[5] = errors;
    cell.by_class[2] = requests - errors;
    cell.times.add(Duration(20), requests);
    if (errors > 0) cell.first_error = clock.time;
    auto& backend = batch.backends[pool == core::Pool::a ? "shop.production.a" : "shop.production.b"];
    backend.cells[std::chrono::floor<std::chrono::seconds>(clock.time)][1].merge(cell);
    backend.recorded += requests;
    batch.received += requests;
  }

  // So many seconds with requests of each, errors among the canary's.
  void pass(int seconds, int stable, int canary, int errors) {
    for (int i = 0; i < seconds; ++i) {
      turning.now([&] {
        if (stable > 0) record(core::Pool::a, stable, 0);
        if (canary > 0) record(core::Pool::b, canary, errors);
        clock.time += Duration(1'000);
        witness->look();
      });
      settle();
    }
  }

  // Until what workers were asked for has come back. On the witness's thread: it asks them at any time.
  void settle() {
    turning.now([this] {
      workers.reset();
      workers.emplace();
    });
    turning.now([] {});
  }

  HandClock clock;
  std::map<core::Target, core::TargetState> targets;
  drivers::telemetry::Telemetry::Batch batch;
  std::vector<judge::Verdict::Kind> delivered;
  std::string reason;  // of the last one
  std::vector<core::AlertChanged> alerts;
  bool suspended = false;
  int sessions_begun = 0, sessions_forgotten = 0;
  Json checkpoint;
  std::mutex mutex;
  std::vector<int> rates;
  bool proxy_is_down = false;
  std::int64_t counted = 0;
  Turning turning;
  std::optional<drivers::Workers> workers{std::in_place};
  std::optional<Witness> witness;
};

}  // namespace slipway::server
