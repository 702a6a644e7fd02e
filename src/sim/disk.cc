#include "sim/disk.h"

#include <algorithm>

#include "sim/hash.h"

namespace slipway::sim {

using Kind = Entry::Kind;

Disk::Disk(World& world, Checks& checks) : world_(world), checks_(checks), targets_(world.proxies.size()) {
  lies_ = std::ranges::any_of(world.scene.plan().entries,
                              [](const Entry& entry) { return entry.kind == Kind::tail_lost; });
}

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
  const std::optional<Entry> dark = scene.struck(Kind::power_fails);
  if (dark && scene.draw("power", static_cast<std::uint64_t>(dark->at.count())).chance(1, 2)) {
    scene.marks.reach("the power failed before an append");
    power_fails(dark->lasts);
    return fail(ErrorKind::unavailable, "the power failed");
  }
  write(transaction);
  if (dark) {
    scene.marks.reach("the power failed after an append");
    power_fails(dark->lasts);
  } else if (scene.strikes(Kind::dies_after_append)) {
    scene.marks.reach("daemon died after an append");
    world_.kill_daemon();
  }
  return {};
}

void Disk::write(const runner::Transaction& transaction) {
  constexpr std::size_t longest_tail = 8;
  const auto place = static_cast<std::size_t>(world_.scene.index(transaction.target));
  Kept& kept = targets_[place];
  if (lies_) {
    if (tail_.size() == longest_tail) tail_.pop_front();
    tail_.push_back({place, kept, noted_boot});
  }
  checks_.appended(kept.known ? &kept.state : nullptr, transaction);
  kept.known = true;
  kept.state = transaction.state;
  if (std::holds_alternative<core::HostRebooted>(transaction.event)) kept.open.clear();
  if (transaction.closes) kept.open.erase(*transaction.closes);
  for (const core::Effect& effect : transaction.effects) kept.open.emplace(effect.id, effect);
  ++appends_;
  hash_ = mix({hash_, hash_of(transaction)});
  if (appended) appended(transaction);
}

std::int64_t Disk::lose_tail(std::int64_t count) {
  std::int64_t lost = 0;
  for (; lost < count && !tail_.empty(); ++lost) {
    targets_[tail_.back().place] = std::move(tail_.back().kept);
    noted_boot = std::move(tail_.back().noted_boot);
    tail_.pop_back();
  }
  if (lost > 0) world_.scene.marks.reach("the journal lost its tail");
  return lost;
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

void Disk::keep_trial(int place, std::string text) {
  if (!world_.scene.window(Kind::journal_full)) trials_[place] = std::move(text);
}

std::string Disk::kept_trial(int place) const {
  const auto found = trials_.find(place);
  if (found == trials_.end()) return "";
  Draw draw =
      world_.scene.draw("trial", static_cast<std::uint64_t>(place), static_cast<std::uint64_t>(world_.life));
  if (draw.chance(1, 8)) return "";
  if (draw.chance(1, 8))
    return found->second.substr(
        0, static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(found->second.size()))));
  return found->second;
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
