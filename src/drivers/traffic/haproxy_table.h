#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "drivers/traffic/haproxy_folder.h"

namespace slipway::drivers::haproxy {

// What was applied to each target, the same in memory and in the files that HAProxy reads. Each call is quick
// and may come from any thread: nothing here waits for HAProxy, and looking never waits for the disk. Errors
// are of the disk, unless said otherwise.
class Table {
 public:
  Table(Folder& folder, Routes applied) : folder_(folder), routes_(std::move(applied)) {}

  Routes all() const;
  // What the files say; nothing where that isn't known.
  std::optional<Routes> as_in_files() const;
  std::optional<Route> find(const core::Target& target) const;

  // The targets' routes; their rates stay what they are.
  Status put(const Routes& routes);
  // As it was before put(), or gone; renewals since then stay.
  Status put_back(const core::Target& target, const std::optional<Route>& before);
  // The canary may be reached until `until`; answers the route, or nothing where there is no canary to renew.
  // not_found: no such target.
  Result<std::optional<Route>> renew(const core::Target& target, Time until);
  // No canary may be reached until its lease is renewed, from the proxy's next start on; in memory also where
  // that can't be written.
  Status end_leases();
  // not_found: no such target.
  Result<Route> sample(const core::Target& target, int one_in);
  // All files, whatever became of them; those that are as they were written aren't touched.
  Status write();
  // HAProxy isn't to listen there from its next start or reload on.
  Status leave_out(const Addresses& without);
  // Makes what was written durable, for a daemon that begins after the host has.
  Status keep() const;

 private:
  Status write_now();

  Folder& folder_;
  mutable std::mutex writing_;  // held while files are written, and so around every change
  bool unwritten_ = true;       // a change isn't in the files
  mutable std::mutex mutex_;    // of routes_; locked after the other, for a moment
  Routes routes_;
};

}  // namespace slipway::drivers::haproxy
