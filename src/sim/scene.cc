#include "sim/scene.h"

#include <algorithm>

#include "base/check.h"

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;

bool lasts(Kind kind) {
  return kind >= Kind::proxy_unavailable && kind < Kind::daemon_away;
}

bool is_character(Kind kind) {
  return kind >= Kind::starts_slowly;
}

}  // namespace

Scene::Scene(const Plan& plan) : plan_(plan) {
  for (const Entry& entry : plan.entries) {
    if (lasts(entry.kind)) windows_.push_back(entry);
    if (is_character(entry.kind)) characters_.push_back(entry);
  }
}

bool Scene::later(const Due& one, const Due& other) {
  return one.when != other.when ? one.when > other.when : one.order > other.order;
}

void Scene::at(Duration when, Action action) {
  queue_.push_back({std::max(when, now_), orders_++, std::move(action)});
  std::ranges::push_heap(queue_, later);
}

bool Scene::step(Duration until) {
  if (queue_.empty() || queue_.front().when > until) return false;
  std::ranges::pop_heap(queue_, later);
  const Due due = std::move(queue_.back());
  queue_.pop_back();
  now_ = due.when;
  due.action();
  return true;
}

const Entry* Scene::lasting(Kind kind, int place) const {
  if (healed()) return nullptr;
  const auto found = std::ranges::find_if(windows_, [&](const Entry& entry) {
    return entry.kind == kind && entry.place == place && entry.at <= now_ && now_ < entry.at + entry.lasts;
  });
  return found == windows_.end() ? nullptr : &*found;
}

bool Scene::window(Kind kind) const {
  for (int i = 0; i < places(); ++i)
    if (window(kind, i)) return true;
  return false;
}

bool Scene::is(Kind kind, int place, int revision) const {
  if (healed()) return false;
  return std::ranges::any_of(characters_, [&](const Entry& entry) {
    return entry.kind == kind && entry.place == place && entry.number == revision;
  });
}

std::optional<Entry> Scene::struck(Kind kind) {
  if (healed()) return std::nullopt;
  std::optional<Entry> taken;
  std::erase_if(armed_, [&](Entry& entry) {
    if (entry.kind != kind) return false;
    if (taken || entry.number > 0) {
      entry.number = std::max<std::int64_t>(entry.number - 1, 0);
      return false;
    }
    taken = entry;
    return true;
  });
  return taken;
}

Draw Scene::draw(std::string_view what, std::uint64_t a, std::uint64_t b, std::uint64_t c) const {
  return Draw(mix({plan_.seed, mix(what), a, b, c}));
}

Draw Scene::draw(std::string_view what, const core::EffectId& id, int attempt) const {
  return Draw(mix({plan_.seed, mix(what), static_cast<std::uint64_t>(index(id.target)),
                   static_cast<std::uint64_t>(id.event), static_cast<std::uint64_t>(id.ordinal),
                   static_cast<std::uint64_t>(attempt)}));
}

int Scene::index(const core::Target& target) const {
  for (int i = 0; i < places(); ++i)
    if (place(i).target == target) return i;
  CHECK(false && "a target of the plan");
  return 0;
}

}  // namespace slipway::sim
