#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/value.h"
#include "core/step.h"

// The doors between the runner and everything that isn't pure. The daemon opens them onto the world, the
// simulator onto a made-up one.
namespace slipway::runner {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() = 0;  // never decreases within one run
};

// One event with all that it caused: written whole or not at all.
struct Transaction {
  SLIPWAY_DECLARE_VALUE(Transaction);

  core::Target target;
  std::int64_t number = 0;  // of the event, 1 more than the one before
  Time time{};
  core::Event event;
  core::TargetState state;  // after it
  std::vector<core::Effect> effects;
  std::optional<core::EffectId> closes;  // the effect whose outcome this event is
  std::vector<core::DeploymentRecord> records;
  std::vector<core::Note> notes;
  core::Reply reply;   // to a command
  std::string origin;  // where a command came from; empty: not known
};

struct Recovered {
  core::TargetState state;
  std::vector<core::Effect> open;  // journalled, without an outcome, oldest first
};

class Journal {
 public:
  virtual ~Journal() = default;
  // Durable when it returns. unavailable: nothing was written, and the caller may try again.
  virtual Status append(const Transaction& transaction) = 0;
  virtual Result<std::vector<Recovered>> recover() = 0;
  // Writes something that means nothing: unavailable while nothing can be written.
  virtual Status check() = 0;
};

// Does effects of one or more kinds. Both calls return at once and call back exactly once, on the runner's
// thread.
class Driver {
 public:
  using Done = std::function<void(core::Outcome)>;
  using Seen = std::function<void(std::optional<core::Outcome>)>;

  virtual ~Driver() = default;
  // Looks whether it was done already, without changing anything; nothing: it wasn't, or one can't tell.
  virtual void observe(const core::Effect& effect, Seen seen) = 0;
  // Safe to call twice for the same effect.
  virtual void perform(const core::Effect& effect, Done done) = 0;
};

// Keeps what states imply: probes and leases. Told after every change; a target without an entry implies
// nothing.
class Keeper {
 public:
  virtual ~Keeper() = default;
  virtual void keep(const std::map<core::Target, core::Duties>& duties) = 0;
};

}  // namespace slipway::runner
