#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "drivers/traffic/haproxy_files.h"

namespace slipway::drivers::haproxy {

// The folder that HAProxy runs in: what was applied (routes.json, and each target's lease in lease.map) and
// what HAProxy reads, made from it. A HAProxy that starts at any moment finds it whole.
class Folder {
 public:
  Folder(std::filesystem::path dir, std::string binary, Installation installation)
      : dir_(std::move(dir)),
        binary_(std::move(binary)),
        files_(std::make_unique<Files>(std::move(installation))) {}

  const std::filesystem::path& dir() const { return dir_; }
  std::filesystem::path runtime_socket() const { return dir_ / "runtime.sock"; }
  std::filesystem::path master_socket() const { return dir_ / "master.sock"; }
  bool records() const { return !files_->installation().records.address.empty(); }
  std::string mark(const Routes& routes) const { return files_->mark(routes); }

  // What was written last; none where nothing was. invalid_input, naming the file, if it isn't what was
  // written.
  // Rates of records aren't kept: they begin with 100.
  Result<Routes> load() const;
  // Each file whole or not at all; files that say so already aren't touched. They outlive every process. What
  // HAProxy reads needn't outlive the host: the daemon writes it anew before it starts HAProxy.
  Status write(const Routes& routes);
  // One of the maps alone.
  Status write_map(const std::string& name, const Routes& routes);
  // Whether nobody has changed a file since, nor leave_out() what belongs into them.
  bool is_as_written() const;
  // HAProxy isn't to listen there: where one listener can't be, it would serve none.
  void leave_out(const Addresses& without);
  // Makes routes.json durable, as it was written last.
  Status keep() const;
  // Lets HAProxy itself judge the configuration, in a folder aside. invalid_input with its words if it
  // refuses.
  Status check(const Routes& routes) const;
  // How many reloads have begun and how many failed, as far as HAProxy's output still tells.
  struct Reloads {
    std::size_t begun = 0, failed = 0;
  };
  Reloads reloads() const;
  // What HAProxy last complained about, for a message; may be empty.
  std::string last_alert() const;

 private:
  std::filesystem::path dir_;
  std::string binary_;
  std::unique_ptr<Files> files_;
  struct Stamp {
    ino_t inode = 0;
    off_t size = 0;
    timespec changed{};
  };
  static std::optional<Stamp> stamp_of(const std::filesystem::path& path);
  Status put(const std::string& name, const std::string& content);
  std::map<std::string, Stamp> written_;  // file → as it was then
};

}  // namespace slipway::drivers::haproxy
