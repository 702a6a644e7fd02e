#include "sim/disk.h"

#include "sim/hash.h"

namespace slipway::sim {

using Kind = Entry::Kind;

Status Disk::append(const runner::Transaction& transaction) {
  Scene& scene = world_.scene;
  if (!world_.alive) return fail(ErrorKind::unavailable, "the daemon is dead");
  if (scene.strikes(Kind::dies_before_append)) {
    scene.marks.reach("daemon died before an append");
    world_.kill_daemon();
    return fail(ErrorKind::unavailable, "the daemon is dead");
  }
  if (scene.strikes(Kind::append_fails) || scene.window(Kind::journal_full)) {
    scene.marks.reach("the journal refused an append");
    checks_.journal_works(false);
    return fail(ErrorKind::unavailable, "the disk is full");
  }
  Kept& kept = targets_[static_cast<std::size_t>(scene.index(transaction.target))];
  checks_.appended(kept.known ? &kept.state : nullptr, transaction);
  kept.known = true;
  kept.state = transaction.state;
  if (std::holds_alternative<core::HostRebooted>(transaction.event)) kept.open.clear();
  if (transaction.closes) kept.open.erase(*transaction.closes);
  for (const core::Effect& effect : transaction.effects) kept.open.emplace(effect.id, effect);
  ++appends_;
  hash_ = mix({hash_, hash_of(transaction)});
  if (appended) appended(transaction);
  if (scene.strikes(Kind::dies_after_append)) {
    scene.marks.reach("daemon died after an append");
    world_.kill_daemon();
  }
  return {};
}

Result<std::vector<runner::Recovered>> Disk::recover() {
  std::vector<runner::Recovered> all;
  for (const Kept& kept : targets_) {
    if (!kept.known) continue;
    runner::Recovered& one = all.emplace_back(runner::Recovered{kept.state, {}});
    for (const auto& [id, effect] : kept.open) one.open.push_back(effect);
    if (!one.open.empty()) world_.scene.marks.reach("recovered with effects open");
  }
  return all;
}

Status Disk::check() {
  if (!world_.alive) return fail(ErrorKind::unavailable, "the daemon is dead");
  if (world_.scene.window(Kind::journal_full)) return fail(ErrorKind::unavailable, "the disk is full");
  checks_.journal_works(true);
  return {};
}

const core::TargetState* Disk::find(int place) const {
  const Kept& kept = targets_[static_cast<std::size_t>(place)];
  return kept.known ? &kept.state : nullptr;
}

}  // namespace slipway::sim
