#include "server/keeper.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "os/clock.h"

namespace slipway::server {

WorldKeeper::WorldKeeper(Loop& loop, drivers::Workers& workers, Hands hands,
                         std::optional<Duration> unrenewed)
    : loop_(loop), workers_(workers), hands_(std::move(hands)) {
  if (unrenewed) before_ = os::wall_now() - *unrenewed;
}

WorldKeeper::~WorldKeeper() = default;

void WorldKeeper::keep(const std::map<core::Target, core::Duties>& duties) {
  std::map<core::Target, std::vector<core::Duties::Probe>> probes;
  for (const auto& [target, duty] : duties)
    if (!duty.probes.empty()) probes.emplace(target, duty.probes);
  if (probes != probes_) {
    probes_ = probes;
    hands_.probe(std::move(probes));
  }
  // What is wanted at once was renewed by the daemon before; what is wanted later begins. While nothing can
  // be journalled, nothing is wanted, whatever there is.
  const Time now = os::wall_now();
  const Time begins = before_.value_or(now);
  if (!hands_.suspended()) before_.reset();
  std::vector<core::Target> wanted;
  for (const auto& [target, duty] : duties) {
    if (!duty.lease) continue;
    const auto [found, fresh] = leases_.try_emplace(target);
    Lease& lease = found->second;
    lease.length = *duty.lease;
    if (std::exchange(lease.wanted, true)) continue;
    if (fresh) {
      lease.timer = loop_.timer();
      lease.over = loop_.timer();
      lease.renewed = begins;
      note_renewals();
    }
    lease.over->set(std::max(lease.renewed + lease.length - now, Duration::zero()) + Duration(1),
                    [this, target] { look(target, os::wall_now()); });
    renew(target);
    wanted.push_back(target);
  }
  for (auto lease = leases_.begin(); lease != leases_.end();) {
    const auto next = std::next(lease);
    const auto duty = duties.find(lease->first);
    if (duty == duties.end() || !duty->second.lease) let_go(lease);
    lease = next;
  }
  hands_.kept();
  // What is said may change what is wanted.
  for (const core::Target& target : wanted) look(target, now);
}

void WorldKeeper::clock_jumped() {
  std::vector<core::Target> all;
  for (const auto& [target, lease] : leases_) all.push_back(target);
  for (const core::Target& target : all) look(target, os::wall_now());
}

std::optional<Duration> WorldKeeper::lease_left(const core::Target& target) const {
  const auto lease = leases_.find(target);
  if (lease == leases_.end() || !lease->second.wanted || !lease->second.ours) return std::nullopt;
  return std::max(lease->second.renewed + lease->second.length - os::wall_now(), Duration::zero());
}

// A lease that ended because nothing can be journalled is remembered, and looked at when it runs out: by the
// time that it can be journalled the clock was perhaps put back.
void WorldKeeper::let_go(std::map<core::Target, Lease>::iterator lease) {
  lease->second.wanted = false;
  lease->second.timer->cancel();
  if (!hands_.suspended()) leases_.erase(lease);
}

void WorldKeeper::renew(const core::Target& target) {
  Lease& lease = leases_.at(target);
  if (!lease.wanted || lease.under_way) return;
  lease.under_way = true;
  workers_.run([this, target, length = lease.length] {
    const Time at = os::wall_now();
    const Status status = hands_.renew(target, at + length);
    loop_.post([this, target, at, status] { renewed(target, at, status); });
  });
}

void WorldKeeper::renewed(const core::Target& target, Time at, const Status& status) {
  constexpr Duration between_tries{1000};
  const auto found = leases_.find(target);
  if (found == leases_.end()) return;
  Lease& lease = found->second;
  lease.under_way = false;
  const Duration third = lease.length / 3;
  if (lease.wanted)
    lease.timer->set(status ? third : std::min(third, between_tries), [this, target] { renew(target); });
  if (!status) {
    if (!std::exchange(lease.failed, true))
      log_warning("the lease of {} can't be renewed: {}", target.text(), status.error().message);
    return look(target, os::wall_now());
  }
  lease.failed = false;
  const std::optional<Duration> lapsed = lapse(lease, at);
  const bool back = lease.lapsed || !lease.ours;
  lease.renewed = at;
  lease.ours = true;
  lease.lapsed = false;
  lease.over->set(std::max(at + lease.length - os::wall_now(), Duration::zero()) + Duration(1),
                  [this, target] { look(target, os::wall_now()); });
  // What is said may end the lease, or the daemon: what it was renewed for is noted last.
  if (lapsed) hands_.lapsed(target, *lapsed);
  if (back) hands_.back(target);
  note_renewals();
}

// How long ago the lease was renewed, if it is over and that wasn't said.
std::optional<Duration> WorldKeeper::lapse(Lease& lease, Time at) {
  const Duration since = at - lease.renewed;
  if (lease.lapsed || since <= lease.length) return std::nullopt;
  lease.lapsed = true;
  return since;
}

void WorldKeeper::look(const core::Target& target, Time at) {
  const auto found = leases_.find(target);
  if (found == leases_.end()) return;
  if (const auto since = lapse(found->second, at)) hands_.lapsed(target, *since);
}

void WorldKeeper::note_renewals() {
  // A lapse that couldn't be journalled must be found again.
  if (hands_.suspended()) return;
  Time oldest = os::wall_now();
  for (const auto& [target, lease] : leases_)
    if (lease.wanted) oldest = std::min(oldest, lease.renewed);
  hands_.renewed(oldest);
}

}  // namespace slipway::server
