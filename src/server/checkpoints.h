#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/json_fwd.h"
#include "core/effect.h"
#include "drivers/hand.h"
#include "server/loop.h"

namespace slipway::server {

// What outlives a daemon that dies, and may be lost with the disk's last second: one file for each target.
class Checkpoints {
 public:
  // Makes the folder when it is first needed.
  Checkpoints(Loop& loop, drivers::Workers& workers, std::filesystem::path folder)
      : loop_(loop), workers_(workers), folder_(std::move(folder)) {}

  // Written soon, elsewhere; of several the last one. What can't be written is logged once.
  void write(const core::Target& target, const Json& checkpoint);
  void remove(const core::Target& target);
  // not_found: there is none; invalid_input: it was torn.
  Result<Json> read(const core::Target& target) const;

 private:
  struct File {
    bool under_way = false;
    std::optional<std::string> next;  // its text; empty: it isn't to be there
    bool failed = false;
  };
  std::filesystem::path path(const core::Target& target) const;
  void write(const core::Target& target, std::string text);
  void start(const core::Target& target, File& file);
  void ended(const core::Target& target, const Status& status);

  Loop& loop_;
  drivers::Workers& workers_;
  std::filesystem::path folder_;
  std::map<core::Target, File> files_;
};

}  // namespace slipway::server
