#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/json_fwd.h"
#include "base/result.h"
#include "judge/evidence.h"
#include "judge/judge.h"
#include "judge/second.h"
#include "judge/settings.h"

namespace slipway::judge {

// What is known of one canary, as evidence: may be asked after every second, and is wrong about a good one at
// most with Settings::alpha over the whole rollout, however often it is asked. Deterministic; a second is
// O(instances + buckets seen), without allocation once every instance was seen.
class Trial {
 public:
  struct Plan {
    Settings settings;
    std::vector<Trigger> triggers;
    Duration horizon{1'500'000};  // how long the whole rollout is planned to take
    Duration warm_up{30'000};     // of an instance, in which its times don't count; whole seconds
    bool compares = true;         // with stable; else limits alone count, and that most requests fail
  };
  explicit Trial(Plan plan);
  ~Trial();
  Trial(Trial&&) noexcept;
  Trial& operator=(Trial&&) noexcept;

  // Stable alone, before users are on the canary: what is normal. `second.canary` isn't looked at.
  void remember(const Second& second);
  // The next second. One that is not after the last is not taken; seconds left out are missing data.
  void take(const Second& second);
  // A new step begins with the next second: what the end of a hold asks of data is asked of it from here.
  void begin_step();
  // The canary is stable from the next second on: it is compared with what stable was until now.
  void promote();

  // What ends a canary or can't be judged, cheap enough for every second; none while it just goes on.
  Cause alarm() const;
  // Worse than stable, as a natural logarithm: alarm at ln(1 / alpha).
  double log_evidence() const;
  // All accept margins: ≥ ln(1 / beta) accepts, where the rest of the conditions holds.
  double log_acceptance() const;
  bool accepted() const;

  // The judge's word at the end of a hold, or on the way there, where healthy is said only of a
  // canary that is accepted early.
  enum class Moment { on_the_way, hold_is_over };
  Evidence judge(Moment moment, std::optional<Duration> hold = {}) const;
  // The same with the literal windows of the triggers over what users experienced.
  Evidence judge(Moment moment, const Question& question, const Experience& canary, const Experience& stable,
                 Time now) const;

  // All of it: a trial that is read back goes on bit for bit. invalid_input where it is of another version or
  // plan.
  Json checkpoint() const;
  static Result<Trial> restore(Plan plan, const Json& checkpoint);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace slipway::judge
