#include "server/keeper.h"

#include <algorithm>

#include "base/log.h"

namespace slipway::server {
namespace {

// The proxy compares leases with its own wall clock.
Time wall_now() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

}  // namespace

WorldKeeper::WorldKeeper(Loop& loop, drivers::Workers& workers, Hands hands,
                         std::optional<Duration> unrenewed)
    : loop_(loop), workers_(workers), hands_(std::move(hands)) {
  if (unrenewed) renewed_ = wall_now() - *unrenewed;
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
  const Time begins = renewed_.value_or(wall_now());
  if (!hands_.suspended()) renewed_.reset();
  for (const auto& [target, duty] : duties) {
    if (!duty.lease) continue;
    const auto [found, fresh] = leases_.try_emplace(target);
    Lease& lease = found->second;
    lease.length = *duty.lease;
    if (std::exchange(lease.wanted, true)) continue;
    if (fresh) {
      lease.timer = loop_.timer();
      lease.renewed = begins;
      note_renewals();
    }
    renew(target);
  }
  for (auto lease = leases_.begin(); lease != leases_.end();) {
    const auto next = std::next(lease);
    const auto duty = duties.find(lease->first);
    if (duty == duties.end() || !duty->second.lease) let_go(lease);
    lease = next;
  }
  hands_.kept();
}

std::optional<Duration> WorldKeeper::lease_left(const core::Target& target) const {
  const auto lease = leases_.find(target);
  if (lease == leases_.end() || !lease->second.wanted || !lease->second.ours) return std::nullopt;
  return std::max(lease->second.renewed + lease->second.length - wall_now(), Duration::zero());
}

// A lease that ended because nothing can be journalled is remembered: afterwards it has perhaps run out.
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
    const Time at = wall_now();
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
    return look(target, lease, wall_now());
  }
  lease.failed = false;
  look(target, lease, at);
  const bool back = lease.lapsed || !lease.ours;
  lease.renewed = at;
  lease.ours = true;
  lease.lapsed = false;
  note_renewals();
  if (back) hands_.back(target);
}

void WorldKeeper::look(const core::Target& target, Lease& lease, Time at) {
  const Duration since = at - lease.renewed;
  if (lease.lapsed || since <= lease.length) return;
  lease.lapsed = true;
  hands_.lapsed(target, since);
}

void WorldKeeper::note_renewals() {
  // A lapse that couldn't be journalled must be found again.
  if (hands_.suspended()) return;
  Time oldest = wall_now();
  for (const auto& [target, lease] : leases_)
    if (lease.wanted) oldest = std::min(oldest, lease.renewed);
  hands_.renewed(oldest);
}

}  // namespace slipway::server
