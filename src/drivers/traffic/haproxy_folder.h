#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

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
  // Whether a reload has begun, and whether one failed, by HAProxy's output since it was so large.
  struct Reloads {
    bool begun = false, failed = false;
  };
  std::uintmax_t output_size() const;
  Reloads reloads_since(std::uintmax_t size) const;
  // At which addresses HAProxy couldn't listen when it last began, by its output, and so ended.
  std::vector<ListenAddress> couldnt_bind() const;
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
    std::size_t hash = 0;  // of its content
    bool same_file(const Stamp& other) const;
  };
  static std::optional<Stamp> stamp_of(const std::filesystem::path& path);
  Status put(const std::string& name, const std::string& content);
  std::map<std::string, Stamp> written_;  // file → as it was then
  bool left_out_ = false;                 // what is to be isn't written yet
};

}  // namespace slipway::drivers::haproxy
