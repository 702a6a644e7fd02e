#include "drivers/traffic/haproxy_table.h"

#include <algorithm>

namespace slipway::drivers::haproxy {
namespace {

std::unexpected<Error> unknown(const core::Target& target) {
  return fail(ErrorKind::not_found, "{} has no routes in HAProxy", target.text());
}

}  // namespace

Routes Table::all() const {
  const std::scoped_lock lock(mutex_);
  return routes_;
}

std::optional<Routes> Table::as_in_files() const {
  const std::scoped_lock writing(writing_);
  if (unwritten_ || !folder_.is_as_written()) return std::nullopt;
  return all();
}

std::optional<Route> Table::find(const core::Target& target) const {
  const std::scoped_lock lock(mutex_);
  const auto entry = routes_.find(target);
  if (entry == routes_.end()) return std::nullopt;
  return entry->second;
}

Status Table::put(const Routes& routes) {
  const std::scoped_lock writing(writing_);
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [target, route] : routes) {
      const auto [entry, fresh] = routes_.try_emplace(target, route);
      if (fresh) continue;
      const int one_in = entry->second.one_in;
      entry->second = route;
      entry->second.one_in = one_in;
    }
  }
  return write_now();
}

Status Table::put_back(const core::Target& target, const std::optional<Route>& before) {
  const std::scoped_lock writing(writing_);
  {
    const std::scoped_lock lock(mutex_);
    const auto entry = routes_.find(target);
    if (!before) {
      if (entry != routes_.end()) routes_.erase(entry);
    } else if (entry != routes_.end()) {
      Route restored = *before;
      restored.one_in = entry->second.one_in;
      if (restored.routing.canary) restored.lease = std::max(before->lease, entry->second.lease);
      entry->second = std::move(restored);
    }
  }
  return write_now();
}

Result<std::optional<Route>> Table::renew(const core::Target& target, Time until) {
  const std::scoped_lock writing(writing_);
  Route renewed;
  {
    const std::scoped_lock lock(mutex_);
    const auto entry = routes_.find(target);
    if (entry == routes_.end()) return unknown(target);
    if (!entry->second.routing.canary) return std::nullopt;
    entry->second.lease = until;
    renewed = entry->second;
  }
  TRY_VOID(folder_.write_map("lease.map", all()));
  return renewed;
}

Status Table::end_leases() {
  const std::scoped_lock writing(writing_);
  {
    const std::scoped_lock lock(mutex_);
    if (routes_.empty()) return {};
    for (auto& [target, route] : routes_) route.lease = Time{};
  }
  return folder_.write_map("lease.map", all());
}

Result<Route> Table::sample(const core::Target& target, int one_in) {
  const std::scoped_lock writing(writing_);
  Route sampled;
  {
    const std::scoped_lock lock(mutex_);
    const auto entry = routes_.find(target);
    if (entry == routes_.end()) return unknown(target);
    entry->second.one_in = one_in;
    sampled = entry->second;
  }
  TRY_VOID(folder_.write_map("rate.map", all()));
  return sampled;
}

Status Table::write_now() {
  unwritten_ = true;
  TRY_VOID(folder_.write(all()));
  unwritten_ = false;
  return {};
}

Status Table::write() {
  const std::scoped_lock writing(writing_);
  return unwritten_ || !folder_.is_as_written() ? write_now() : Status{};
}

Status Table::leave_out(const Addresses& without) {
  const std::scoped_lock writing(writing_);
  folder_.leave_out(without);
  return unwritten_ || !folder_.is_as_written() ? write_now() : Status{};
}

Status Table::keep() const {
  const std::scoped_lock writing(writing_);
  return folder_.keep();
}

}  // namespace slipway::drivers::haproxy
