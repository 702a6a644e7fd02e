#include "server/hands.h"

#include "drivers/traffic/haproxy_names.h"

namespace slipway::server {
namespace {

drivers::Post post_to(Loop& loop) {
  return [&loop](std::function<void()> job) { loop.post(std::move(job)); };
}

}  // namespace

Result<std::unique_ptr<Hands>> Hands::open(const DaemonOptions& options, const DataDirectory& directory,
                                           Loop& loop) {
  TRY(drivers::ArtifactStore store, drivers::ArtifactStore::open(directory.artifacts()));
  TRY(auto telemetry, drivers::telemetry::Telemetry::open(directory.path()));
  TRY(auto traffic, drivers::HaproxyTraffic::open({.dir = directory.proxy(),
                                                   .binary = options.haproxy,
                                                   .user = options.haproxy_user,
                                                   .records = telemetry->endpoint()}));
  return std::unique_ptr<Hands>(
      new Hands(options, directory, loop, std::move(store), std::move(telemetry), std::move(traffic)));
}

Hands::Hands(const DaemonOptions& options, const DataDirectory& directory, Loop& loop,
             drivers::ArtifactStore store, std::unique_ptr<drivers::telemetry::Telemetry> telemetry,
             std::unique_ptr<drivers::HaproxyTraffic> traffic)
    : store_(std::move(store)),
      telemetry_(std::move(telemetry)),
      traffic_(std::move(traffic)),
      drains_(*traffic_, [this](const std::string& backend) { return telemetry_->last_request(backend); }),
      engine_({.dir = directory.instances(), .user = options.run_as}, store_),
      smoke_(store_, options.run_as,
             [this](const core::Target& target, core::Pool pool) { return introduction(target, pool); }),
      notifier_({.user = options.run_as}),
      checker_(store_, options.run_as,
               {.proxy = [this](const core::Target& target) { return proxy_answers(target); },
                .running = [this](const core::Target& target) { return running(target); }}),
      alert_commands_(directory.alerts(), store_, options.run_as),
      engine_driver_(engine_, acting_, post_to(loop)),
      traffic_driver_(*traffic_, routing_, reloading_, post_to(loop)),
      drain_driver_(drains_, acting_, post_to(loop)),
      smoke_driver_(smoke_, acting_, post_to(loop)),
      notify_driver_(notifier_, telling_, post_to(loop)),
      check_driver_(checker_, checking_, post_to(loop)),
      alarm_driver_(alert_commands_, alarming_, post_to(loop)),
      offers_(post_to(loop)),
      drivers_({.engine = engine_driver_,
                .traffic = traffic_driver_,
                .drain = drain_driver_,
                .smoke = smoke_driver_,
                .checks = check_driver_,
                .alarms = alarm_driver_,
                .notify = notify_driver_,
                .offers = offers_}) {}

drivers::SmokeTester::Introduction Hands::introduction(const core::Target& target, core::Pool pool) const {
  return {.headers = {{std::string(drivers::haproxy::preview_header), traffic_->preview_token(target)}},
          .answer_header = std::string(drivers::haproxy::pool_header),
          .answered_by = drivers::haproxy::backend_name(target, pool)};
}

Status Hands::proxy_answers(const core::Target& target) {
  const auto actual = traffic_->actual(target);
  if (actual.up) return {};
  return fail(ErrorKind::unavailable, "{}", actual.problem.empty() ? "it isn't up" : actual.problem);
}

std::vector<pid_t> Hands::running(const core::Target& target) const {
  std::vector<pid_t> pids;
  for (const core::InstanceName& name : engine_.known(target))
    if (const auto status = engine_.status(target, name); status && status->pid) pids.push_back(*status->pid);
  return pids;
}

}  // namespace slipway::server
