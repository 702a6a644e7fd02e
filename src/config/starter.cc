#include <algorithm>

#include "config/config.h"

namespace slipway::config {
namespace {

constexpr std::string_view placeholder = "SERVICE_NAME";

constexpr std::string_view text = R"(# How SERVICE_NAME is deployed. Check it with: slipway validate
service: SERVICE_NAME

metadata:                               # for people: any keys; nothing acts on them
  deployment_lead: "@lead"

run:
  engine: process
  # Looked up in the artifact, then in PATH. ${NAME} is PORT, SLIPWAY_SERVICE, SLIPWAY_ENVIRONMENT, SLIPWAY_VERSION,
  # SLIPWAY_REVISION, SLIPWAY_INSTANCE or a plain variable of env; $$ is a dollar sign.
  command: ["./SERVICE_NAME", "--port", "${PORT}"]
  env:
    LOG_LEVEL: info
    # A secret is found when an instance starts, and is never stored:
    # SESSION_KEY: {secret: SESSION_KEY}                    # a variable of the daemon's environment
    # API_KEY: {secret: {file: /etc/SERVICE_NAME/api-key}}
    # DATABASE_URL: {secret: {command: ["pass", "show", "database"]}}
  instances: 2
  maximum_percent: 200                  # the new release starts at full capacity beside the old
  health:                               # asked of each instance, all its life
    http: /health
    # host: shop.example.com            # of its Host header; by default that of the environment's url, else its listen
    expect: {status: 200, json: {status: healthy}}
    interval: 1s
    timeout: 1s
    grace: 60s                          # from its start until it must be healthy
  drain: 30s                            # for requests in flight to end; and again from SIGTERM to SIGKILL
  progress_deadline: 10m                # a deployment that doesn't get on for so long is aborted

environments:
  staging:
    purpose: Pre-production
    listen: 127.0.0.1:8082              # where users' requests arrive
    instances: 1
    env: {LOG_LEVEL: debug}             # added to run.env, winning over it
  production:
    purpose: Live users
    url: https://example.com            # for people: where the address above is known to the world
    branch: main                        # for people, too: nothing acts on it yet
    listen: 127.0.0.1:8080
    strategy: blue_green                # all users at once, or `canary`: a few per cent at a time
    # sticky: {cookie: sid}             # how a user is known again; else by a cookie of the proxy's own
    # preview: 127.0.0.1:9080           # where you see the new release before any user does
    # after: [staging]                  # only what has succeeded there
    # approvals: 1                      # people, none of them the author
    # rollback_within: 5m               # a plan that can't promise it is refused
    # windows: [{days: [Tue, Thu], from: "14:00", to: "16:00", zone: UTC, longest: 2h}]
    # blackouts: [{from: 12-15, to: 01-05}, {dates: [2026-12-25]}]

strategy:
  blue_green: {bake: 30s}               # how long the old release stays warm after promotion
  # canary:                             # these are what `strategy: canary` means where nothing is written
  #   steps: [{weight: 5, hold: 5m}, {weight: 25, hold: 10m}, {weight: 50, hold: 10m}, {weight: 100}]
  #   undecided: pause                  # pause, advance or roll_back, at twice the hold
  #   bake: 15m

# What returns users to the old release, without anybody being asked:
# rollback_triggers:
#   - {metric: ErrorRate, threshold: 5%, duration: 5m}
#   - {metric: ResponseTime, threshold: 2000ms, duration: 5m, statistic: p99}
#   - {metric: HealthCheck, threshold: 50%, duration: 2m}

# What must hold before a deployment touches anything:
# checklist:
#   code:
#     - {name: Security scan passed, run: ["npm", "audit"], timeout: 5m}
#     - {name: Documentation updated, attest: true}

# Watched from a deployment's start until its bake ends:
# alerts:
#   - {name: errors, metric: Errors, statistic: sum, above: 10, period: 300s, evaluation_periods: 2}

# Who is told (slack, webhook or command), and of what; without `on`, of all:
# notifications:
#   - {slack: {secret: SLACK_WEBHOOK_URL}, on: [started, completed, failed, rolled_back, approval_needed]}

# Against the new release before any user sees it, and at the public address after promotion (`when: canary` and
# `when: promoted` are one of the two alone). A word `present` means that it must be there, whatever its value.
smoke_tests:
  - {name: Health check, get: /health, expect: {status: 200, json: {status: healthy}}}
  - {name: API responds, get: /api/version, expect: {status: 200, json: {version: present}}}
  - {name: Database connection, get: /api/health/db, expect: {json: {database: connected}}}
  - {name: Cache connection, get: /api/health/cache, expect: {json: {cache: connected}}}
  # A command finds the address in BASE_URL; it passes with exit status 0.
  # - {name: Our own, run: ["./smoke-test"], when: promoted, timeout: 30s}
)";

}  // namespace

std::string starter(std::string_view service) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find(placeholder, at), text.size());
    out += text.substr(at, next - at);
    if (next < text.size()) out += service;
    at = next + placeholder.size();
  }
  return out;
}

}  // namespace slipway::config
