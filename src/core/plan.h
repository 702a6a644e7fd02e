#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/event.h"

// The ordered stages of a deployment, computed before it starts.
namespace slipway::core {

struct Stage {
  enum class Kind {
    checklist,     // every check is met, or overridden
    approval,      // by as many people as are needed
    window,        // it is open, and what is to come fits
    start,         // the canary's instances, at weight 0
    healthy,       // all of them, within grace
    route,         // the proxy knows the canary; no user is sent to it
    smoke,         // tests against the canary alone
    shift,         // `weight` per cent of users
    hold,          // for `duration` at least, unless `early`
    promote,       // the canary is made stable, the old release previous
    verify,        // smoke tests at the public address
    bake,          // for `duration`, with the old release warm
    drain,         // the old release's requests in flight end
    retire,        // its instances stop
    return_users,  // back to stable, or to previous after promotion
    drain_canary,  // undoing: the new release's requests in flight end
    stop_canary,   // undoing: its instances stop
  };
  Kind kind = Kind::start;
  int weight = 0;
  Duration duration{};
  bool early = false;  // of a hold: it may end sooner, once the judge accepts the canary
  bool operator==(const Stage&) const = default;
};

std::string_view name(Stage::Kind kind);   // "return users"
std::string describe(const Stage& stage);  // "hold for 10 min, or less once the judge accepts"

// Holds and bake, from the stage `from` on: what a deployment that goes to plan takes at least.
Duration expected(const std::vector<Stage>& stages, std::size_t from = 0);

// Forward, from nothing done to the old release retired. `replaces` tells whether there is an old release.
// Going back is start, health, switch: what users had before isn't tried on a few of them, nor tested anew.
std::vector<Stage> plan(const Bound& bound, Request::Kind kind, bool replaces);

}  // namespace slipway::core
