#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/effect.h"

namespace slipway::server {

// Compares the requests of a deployment's canary that HAProxy counted with those that it recorded.
class Loss {
 public:
  Loss(int deployment, core::Pool pool) : deployment_(deployment), pool_(pool) {}

  int deployment() const { return deployment_; }
  core::Pool pool() const { return pool_; }

  // HAProxy's counter, once a second. It starts anew when HAProxy does: then the second's requests are
  // counted nowhere.
  void count(std::int64_t total);
  void record(std::int64_t records);

  // Since the first count.
  std::optional<std::int64_t> counted() const { return counted_; }
  std::optional<std::int64_t> recorded() const;

  // More than 1 % of what was counted some seconds ago is still missing: said once. A request is recorded
  // when it ends.
  std::optional<std::string> complaint();

 private:
  int deployment_;
  core::Pool pool_;
  std::optional<std::int64_t> total_;
  std::optional<std::int64_t> counted_;
  std::int64_t recorded_ = 0;
  std::deque<std::int64_t> earlier_;  // of `counted_`, oldest first
  bool complained_ = false;
};

}  // namespace slipway::server
