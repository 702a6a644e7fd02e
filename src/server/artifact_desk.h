#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "drivers/artifacts/store.h"
#include "drivers/hand.h"
#include "server/api/api.h"
#include "server/loop.h"

namespace slipway::server {

// Sees to it that what is being uploaded or deployed isn't collected at the same time. Works elsewhere,
// answers on the loop's thread.
class ArtifactDesk final : public Artifacts {
 public:
  using Needed = std::function<std::set<std::string>()>;  // digests, asked for on the loop's thread

  ArtifactDesk(Loop& loop, drivers::Workers& workers, drivers::ArtifactStore& store, runner::Clock& clock,
               Needed needed);

  void add(const std::filesystem::path& archive, Added added) override;
  void claim(const std::string& digest, Claimed claimed) override;

  // Removes what isn't needed and wasn't uploaded in the last hour, once no upload is under way.
  void collect();

 private:
  void after_collection(std::function<void()> job);
  void start_adding(const std::filesystem::path& archive, Added added);
  void collected(Result<int> removed);
  void used(const std::string& digest);

  Loop& loop_;
  drivers::Workers& workers_;
  drivers::ArtifactStore& store_;
  runner::Clock& clock_;
  Needed needed_;
  std::map<std::string, Time> used_;  // uploaded or claimed, lately
  std::vector<std::function<void()>> waiting_;
  int adding_ = 0;
  bool collecting_ = false;
  bool collect_again_ = false;
};

}  // namespace slipway::server
