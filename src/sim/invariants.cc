#include "sim/invariants.h"

namespace slipway::sim {

const std::vector<Invariant>& all_invariants() {
  static const std::vector<Invariant> all{
      {"intent", "every change of the world has an earlier durable intent"},
      {"once", "an effect is asked for once in a life of the daemon"},
      {"observed-first", "what an earlier life may have done is looked at before it is done again"},
      {"numbers", "events are numbered without a gap, and time never goes back"},
      {"state", "the core's own invariants hold of what is journalled"},
      {"forgotten", "a deployment that was accepted is under way, queued, or ended on record"},
      {"cause", "what ended otherwise than promoted says why"},
      {"reason", "every refusal has a reason"},
      {"tested", "users meet only releases that were healthy and passed their smoke tests"},
      {"capacity", "users are sent only where enough instances are healthy, unless a person forces it"},
      {"served", "nothing leaves the proxy while it has no server up of the release that users belong to"},
      {"everywhere", "a check that fails everywhere removes nobody"},
      {"serving", "no instance is stopped while the proxy knows it"},
      {"drained", "no instance is stopped while it has requests in flight, within the drain time"},
      {"home", "nobody is on the canary once its lease is over after a rollback was decided"},
      {"prompt", "a rollback brings users back within the proxy's answer time, where the proxy answers"},
      {"unhindered", "taking users back never waits for the proxy's master"},
      {"sticky",
       "who met the new release stays on it until all are brought back, and others are first each time"},
      {"lease", "leases are renewed only for a canary that the journal wants users on"},
      {"kept", "users who are on the canary stay there while its lease can be renewed"},
      {"hold", "no step ends before its hold unless a person says so"},
      {"judged", "a judged hold ends only at the judge's word, or as the strategy says"},
      {"heard", "the judge speaks of no more requests than it was told of"},
      {"fair", "nobody is taken back for being worse than stable whose users met nothing unusual"},
      {"unfit", "no canary is called healthy while its users fail, or before any of them is heard of"},
      {"heeded", "an unhealthy canary is taken back at once"},
      {"bake", "the previous release isn't stopped within bake unless a person says so"},
      {"closed", "nothing starts or advances in a closed moment, rollback apart, as at_close says"},
      {"staged", "production gets only what has succeeded in staging"},
      {"approved", "approvals are of distinct people, none of them the author"},
      {"checked", "nothing begins whose checklist isn't met, for this very artifact"},
      {"told", "whoever is to hear of a deployment hears of it once, in order"},
      {"unhurried", "whether letters arrive changes nothing about deployments"},
      {"applied", "what the journal says that the proxy holds, it holds"},
      {"recovery", "a daemon that comes back has what the journal has"},
      {"ends", "once all is healed, each deployment ends or waits for a person"},
      {"left-behind", "nothing runs but what the state names, and users are served by stable"},
      {"calm", "what happens in a run has an end"},
  };
  return all;
}

}  // namespace slipway::sim
