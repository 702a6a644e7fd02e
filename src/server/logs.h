#pragma once

#include "drivers/hand.h"
#include "server/api/api.h"
#include "server/loop.h"

namespace slipway::server {

// What instances printed, from the files that their shims keep.
class InstanceLogs final : public Logs {
 public:
  struct Places {
    std::function<std::vector<core::InstanceName>(const core::Target&)>
        known;  // with a folder, running or not
    std::function<std::filesystem::path(const core::Target&, const core::InstanceName&)> file;
  };
  InstanceLogs(Loop& loop, drivers::Workers& workers, Places places);

  void tell(const Question& question, Told told) override;
  void follow(const Question& question, Followed followed) override;

 private:
  class Follower;
  Result<std::vector<core::InstanceName>> asked_for(const Question& question) const;

  Loop& loop_;
  drivers::Workers& workers_;
  Places places_;
};

}  // namespace slipway::server
