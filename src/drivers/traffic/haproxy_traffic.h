#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/hand.h"
#include "drivers/telemetry/endpoint.h"

namespace slipway::drivers {

// Users' requests, through one HAProxy for all targets, which a shim keeps alive. The folder holds all that
// HAProxy needs (haproxy.cfg, the maps, sockets, routes.json); it is generated from what was applied, and
// written before the running HAProxy is changed, so that one that comes back comes back right. Does
// ApplyRouting and AwaitDrained.
class HaproxyTraffic final : public Hand {
 public:
  struct Settings {
    std::filesystem::path dir;
    std::string binary = "haproxy";  // looked up in PATH, /usr/sbin too
    std::string user;                // whom HAProxy's worker runs as, where root starts it
    std::filesystem::path shim_program = "/proc/self/exe";  // run as `slipway shim DIR`
    telemetry::Endpoint records;                            // where HAProxy sends what users experience
  };
  // What the proxy itself says now.
  struct Actual {
    bool up = false;
    std::string problem;
    std::optional<int> weight;  // per cent that a user's request would meet; 0 when the lease has run out
    int in_flight_a = 0, in_flight_b = 0;
    int servers_up_a = 0, servers_up_b = 0;
    std::string preview_token;  // the header X-Slipway-Preview with it reaches the canary before users do
  };
  // HAProxy's own count of requests that a pool was given and that have ended, previews too: as many as there
  // are records of a pool that is recorded whole. Since it started or was last reloaded; replaced workers'
  // are in it while they live, so it may fall.
  struct Counts {
    struct Slot {
      std::int64_t started = 0;    // requests that the instance was given, once for each try
      std::int64_t settled = 0;    // of those, that it began to answer, or that failed; these perhaps twice
      std::int64_t in_flight = 0;  // that it has now, answers that still go on and WebSockets too
      bool operator==(const Slot&) const = default;
    };
    std::int64_t a = 0, b = 0;
    std::map<int, Slot> slots_a, slots_b;  // by the instance's ordinal: all slots there are, used or not
    std::vector<int> workers;              // whose counts these are, their pids: of others, counts begin anew
  };

  // What HAProxy's own check says of a server that it sends requests to.
  struct Checked {
    core::Pool pool = core::Pool::a;
    int ordinal = 0;  // the instance's
    int port = 0;
    std::optional<bool> up;  // nothing: it hasn't decided yet
    std::string detail;      // "status 400": why it is down
  };

  // Starts nothing but `haproxy -v`. not_found: no such program, or user; invalid_input: it isn't HAProxy 2.6
  // or later, or routes.json is broken.
  static Result<std::unique_ptr<HaproxyTraffic>> open(const Settings& settings);
  ~HaproxyTraffic() override;

  std::optional<core::Outcome> observe(const core::Effect& effect) override;
  core::Outcome perform(const core::Effect& effect) override;

  // Whether it has to wait for a reload, as far as can be told now. Quick.
  bool takes_a_reload(const core::Effect& effect) const;

  // renew, sample, counts and actual don't wait for another target's reload.

  // The canary of `target` may be reached until `until`. A failure is reported, and tried again at the next
  // renewal.
  Status renew(const core::Target& target, Time until);
  // For all targets, from the proxy's next start on: after a reboot no canary is what it was. It
  // outlives every process; after the next boot leases are ended again.
  Status end_leases();
  // One in `one_in` requests that stable answers is recorded (1, 2, 5, 10, 20, 50 or 100; 100 until it is
  // told); the canary's all are, and previews. One in 100 in any case while one release has all users to
  // itself. invalid_input: another rate. A daemon that comes back begins with 100 again.
  Status sample(const core::Target& target, int one_in);
  // Of each of them, from one moment as near as can be.
  Result<std::map<core::Target, Counts>> counts(const std::vector<core::Target>& targets);
  // Of the worker that takes requests.
  Result<std::map<core::Target, std::vector<Checked>>> checked();
  // Starts HAProxy if there are routes and neither it nor its shim is there, and reloads it if it has an
  // older configuration than this program writes, or another address for its records. Does nothing while
  // routes are being applied; what failed is tried again a second later, then two, up to a minute. Call once
  // a second.
  Status tend();
  Actual actual(const core::Target& target);
  // As in Actual; empty where the target has no routes.
  std::string preview_token(const core::Target& target) const;
  // By target, those of its addresses at which users couldn't be served when tend() last looked: the host
  // doesn't have the address, or another program listens there. The others are served; these too once they
  // can be.
  std::map<core::Target, std::set<std::string>> missing_listeners() const;
  // Ends HAProxy and its shim; users are refused.
  Status stop();

 private:
  struct Impl;
  explicit HaproxyTraffic(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::drivers
