#pragma once

#include <string>

#include "base/json.h"
#include "base/time.h"

// The daemon's answers, as they are while a canary is under way.
namespace slipway::test {

inline const Time noon(Duration(1'763'906'400'000));  // 2025-11-23T14:00:00Z

inline std::int64_t before_noon(std::int64_t seconds) {
  return (noon - Duration(seconds * 1000)).time_since_epoch().count();
}

inline Json fleet_of(int revision, const std::string& version) {
  return {{"deployment", revision},
          {"revision", revision},
          {"version", version},
          {"digest", "3f9c"},
          {"instances",
           {{{"name", std::to_string(revision) + "-1"},
             {"port", 34107},
             {"health", "healthy"},
             {"detail", ""},
             {"restarts", 0},
             {"since", before_noon(90)},
             {"pid", 8123},
             {"memory", 212'000'000}}}}};
}

inline Json arm_of(double rate, double errors, double p99, Json seconds) {
  return {{"requests_per_second", rate},
          {"errors", errors},
          {"mean_ms", 44.0},
          {"p50_ms", 41.2},
          {"p90_ms", 99.0},
          {"p99_ms", p99},
          {"requests", 60 * rate},
          {"in_flight", 3},
          {"seconds", std::move(seconds)}};
}

// The last 30 seconds: all alike but for the last three.
inline Json seconds_of(int requests, int errors_at_the_end) {
  Json seconds = Json::array();
  for (int i = 0; i < 30; ++i)
    seconds.push_back({{"time", before_noon(30 - i)},
                       {"requests", requests},
                       {"errors", i < 27 ? 0 : errors_at_the_end},
                       {"p99_ms", i < 27 ? 100 : 200}});
  return seconds;
}

inline Json canary_target() {
  return {
      {"target", {{"service", "shop"}, {"environment", "production"}}},
      {"listen", "127.0.0.1:8080"},
      {"url", ""},
      {"stable", fleet_of(41, "1.4.2")},
      {"canary", fleet_of(42, "1.5.0")},
      {"previous", nullptr},
      {"weight", {{"set", 25}, {"actual", 25.0}, {"lease_ms", 11'900}}},
      {"proxy", {{"state", "up"}, {"problem", ""}}},
      {"users",
       {{"stable", arm_of(312, 0.0042, 210, seconds_of(312, 0))},
        {"canary", arm_of(104, 0.051, 1204, seconds_of(104, 10))},
        {"previous", nullptr}}},
      {"telemetry",
       {{"received", 9988},
        {"lost", 12},
        {"forged", 0},
        {"malformed", 1},
        {"one_in", 4},
        {"counted", 1000},
        {"recorded", 1000}}},
      {"preview", {{"address", "127.0.0.1:9090"}, {"header", "X-Slipway-Preview: s3cret"}}},
      {"deployment",
       {{"number", 42},
        {"kind", "deploy"},
        {"release", {{"revision", 42}, {"version", "1.5.0"}, {"digest", "3f9c"}}},
        {"replaced", {{"revision", 41}, {"version", "1.4.2"}, {"digest", "aa"}}},
        {"by", "alice"},
        {"reason", ""},
        {"started", before_noon(600)},
        {"promoted", nullptr},
        {"outcome", "under_way"},
        {"cause", ""},
        {"stage",
         {{"kind", "hold"},
          {"text", "hold for 10 min"},
          {"entered", before_noon(331)},
          {"until", before_noon(331 - 600)}}},
        {"stages", {{{"text", "25 % of users"}}, {{"text", "hold for 10 min"}}, {{"text", "50 % of users"}}}},
        {"cursor", 1},
        {"step", {{"number", 2}, {"of", 4}}},
        {"undoing", false},
        {"stuck", nullptr},
        {"paused", nullptr},
        {"verdict", {{"kind", "healthy"}, {"reason", "errors 0.47 % of 1,861 requests"}}},
        {"ends", before_noon(-3000)},
        {"waits_for", "the hold to end; 4 min left"}}},
      {"queued", nullptr},
      {"last", nullptr}};
}

inline Json note_of(int id, std::int64_t seconds_ago, const std::string& text) {
  return {{"id", id}, {"deployment", 42}, {"time", before_noon(seconds_ago)}, {"text", text}};
}

}  // namespace slipway::test
