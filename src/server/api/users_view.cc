#include "base/json.h"
#include "server/api/view.h"

namespace slipway::server {
namespace {

Json arm_json(const std::optional<Arm>& arm, const std::optional<core::Fleet>& fleet,
              const std::optional<Sight::Proxy>& proxy) {
  if (!arm || !fleet) return nullptr;
  Json seconds = Json::array();
  for (const Arm::Second& second : arm->seconds)
    seconds.push_back({{"time", second.time},
                       {"requests", second.requests},
                       {"errors", second.errors},
                       {"p99_ms", second.p99}});
  Json json{{"requests_per_second", arm->requests_per_second},
            {"errors", arm->errors},
            {"mean_ms", arm->mean_ms},
            {"p50_ms", arm->p50},
            {"p90_ms", arm->p90},
            {"p99_ms", arm->p99},
            {"requests", arm->requests},
            {"in_flight", nullptr},
            {"seconds", std::move(seconds)}};
  if (proxy) json["in_flight"] = fleet->pool == core::Pool::a ? proxy->in_flight_a : proxy->in_flight_b;
  return json;
}

}  // namespace

Json users_json(const core::TargetState& state, const Known& known) {
  const auto& proxy = known.sight.proxy;
  return {{"stable", arm_json(known.users.stable, state.stable, proxy)},
          {"canary", arm_json(known.users.canary, state.canary, proxy)},
          {"previous", arm_json(known.users.previous, state.previous, proxy)}};
}

Json telemetry_json(const Impression& users) {
  return {{"received", users.received},   {"lost", users.lost},     {"forged", users.forged},
          {"malformed", users.malformed}, {"one_in", users.one_in}, {"counted", users.counted},
          {"recorded", users.recorded}};
}

}  // namespace slipway::server
