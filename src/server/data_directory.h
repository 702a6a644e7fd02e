#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

namespace slipway::server {

// Where a daemon keeps all that it has. Held by one daemon at a time, for as long as this lives.
class DataDirectory {
 public:
  // Makes the directory. Others may pass through it (instances run as users of their own), and list or read
  // nothing. conflict: a daemon has it already; the message names that one.
  static Result<DataDirectory> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path journal() const { return path_ / "journal.db"; }
  std::filesystem::path users() const { return path_ / "users.yaml"; }
  std::filesystem::path artifacts() const { return path_ / "artifacts"; }
  std::filesystem::path instances() const { return path_ / "instances"; }
  std::filesystem::path hearings() const { return path_ / "hearings"; }
  std::filesystem::path alerts() const { return path_ / "alerts"; }
  std::filesystem::path proxy() const { return path_ / "proxy"; }
  std::filesystem::path socket() const { return path_ / "slipway.sock"; }

  // Notes that the daemon lives, cheaply and without needing room on the disk.
  void touch() const;
  // Since touch() was called last, by whichever daemon; nothing: never.
  std::optional<Duration> untouched_for() const;

  // Notes, as cheaply, that each lease was renewed at that time or later.
  void note_renewals(Time at) const;
  // Since that time, by whichever daemon; one of an earlier version noted only that it lived. Nothing: never.
  std::optional<Duration> unrenewed_for() const;

  // The socket for the API: for the group "slipway" too, where root starts the daemon and there is such a
  // group.
  Result<os::Fd> listen() const;

 private:
  DataDirectory(std::filesystem::path path, os::Fd lock, os::Fd alive, os::Fd leases)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        alive_(std::move(alive)),
        leases_(std::move(leases)) {}

  std::filesystem::path path_;
  os::Fd lock_;
  os::Fd alive_;
  os::Fd leases_;
};

}  // namespace slipway::server
