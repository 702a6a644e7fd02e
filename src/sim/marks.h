#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace slipway::sim {

// Rare things that runs are to reach, and how often they did.
inline constexpr std::string_view all_marks[] = {
    "lost answer after success, then observed",
    "acted upon, then the daemon died",
    "daemon died before an append",
    "daemon died after an append",
    "daemon died before an outcome",
    "daemon died while it told the proxy",
    "the proxy took a part",
    "the proxy acted after it said that it didn't",
    "a reload failed since the master was deaf",
    "a deaf master heard again, and reloaded",
    "one reload served several targets",
    "a reload left one of several out",
    "a reload was taken back again",
    "a new worker wasn't told of the last change at once",
    "a drain waited for a reload",
    "users were taken back while the master was deaf",
    "users were taken back while their target waited for a reload",
    "the power failed before an append",
    "the power failed after an append",
    "the journal lost its tail",
    "a deployment was lost with the journal's tail",
    "a leaking instance was killed",
    "more users joined those on the canary",
    "recovered with effects open",
    "issued again after recovery",
    "the journal refused an append",
    "a command was refused for want of a journal",
    "the lease ran out with users on the canary",
    "the core was told of a lapsed lease",
    "the clock was put forward",
    "the clock was put back",
    "rebooted during a deployment",
    "stuck",
    "no longer stuck",
    "paused by itself",
    "undecided, and went on",
    "held",
    "rolled back by a trigger",
    "rolled back by relative evidence",
    "rolled back by the fast path",
    "a hold ended early",
    "held for missing traffic",
    "held for the sample ratio",
    "undecided by its evidence at the deadline",
    "a trial went on from its checkpoint",
    "a trial began anew",
    "superseded",
    "rolled back in bake",
    "rolled back by force",
    "a new address was taken",
    "drain ran out",
    "a crash loop ended a deployment",
    "not healthy within grace",
    "no progress in time",
    "smoke tests failed",
    "smoke tests failed after promotion",
    "a bake was cut short",
    "users fell to the other release",
    "checks failed everywhere, and users were served",
    "a release was down to the proxy alone",
    "a release stayed for want of another that is up",
    "the double click was answered",
    "a queued deployment began",
    "went back by one switch",
    "an emergency window was opened",
    "a check was set aside",
    "it went on without approvals, in time",
    "a release began with its approvals",
    "a release began in a window",
    "a checklist was met",
    "it closed while a release was under way",
    "a letter came twice, with one id",
    "a checklist wasn't met",
    "what was seen was looked at again",
    "approvals came too late",
    "an approval was refused",
    "declined",
    "closed before it could begin",
    "refused, since it is closed",
    "refused, since staging hasn't had it",
    "held as it is closed",
    "taken back as it closed",
    "a letter couldn't be told at first",
    "a letter was given up",
    "the same without anybody who can't be told",
    "rebooted at a gate",
    "superseded at a gate",
};

// What a run, or several, reached.
class Marks {
 public:
  void reach(std::string_view mark) { counts_[mark] += 1; }
  // A state as seen from far, and an event that met it.
  void meet(std::uint64_t state, std::uint64_t event) { pairs_.emplace(state, event); }
  void merge(const Marks& other) {
    for (const auto& [mark, count] : other.counts_) counts_[mark] += count;
    pairs_.insert(other.pairs_.begin(), other.pairs_.end());
  }
  std::int64_t count(std::string_view mark) const {
    const auto found = counts_.find(mark);
    return found == counts_.end() ? 0 : found->second;
  }
  std::size_t pairs() const { return pairs_.size(); }

 private:
  std::map<std::string_view, std::int64_t> counts_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> pairs_;
};

}  // namespace slipway::sim
