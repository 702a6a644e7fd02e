#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "random.h"
#include "scene.h"

namespace slipway::bench {

struct Request {
  bool canary = false;
  bool failed = false;
  std::uint8_t instance = 0;  // of its arm, from 0
  float ms = 0;               // how long it took
  std::uint32_t client = 0;   // whose it is
};

// What all runs of a scene share.
class Stage {
 public:
  explicit Stage(Scene scene);
  const Scene& scene() const { return scene_; }

 private:
  friend class Stream;
  Scene scene_;
  Law base_, slow_, faulty_;
  std::vector<Law> drifting_;  // by `drift_seconds`
  std::vector<Law> of_level_;  // of clients, by their own speed
  std::unique_ptr<Lottery> clients_;
};

// The requests of one run, second by second; all of it follows from the key.
class Stream {
 public:
  Stream(const Stage& stage, std::uint64_t key);
  // Those of the next second, in their order; good until the next call.
  const std::vector<Request>& next();
  // What stable alone met before the rollout, as many seconds as are asked for; to be called before next(),
  // if at all.
  const std::vector<Request>& before();
  double weight() const { return weight_; }  // of the last second

 private:
  struct Burst {
    int from = 0, to = 0;  // seconds
    int instance = 0;      // over both arms; -1: everywhere
  };
  struct Client {
    double errors = 1;       // × the others'
    std::uint8_t level = 0;  // of times
    double place = 0;        // goes to the canary if below the weight
  };
  void draw_bursts(double every, double lasts, int instance);
  Request draw(int second);

  const Stage& stage_;
  Random random_;
  int second_ = 0;
  double weight_ = 0;
  std::uint32_t fresh_ = 1;
  int retries_ = 0;  // of `retrying_`, still to come
  Request retrying_;
  std::vector<Burst> bursts_;
  std::vector<bool> bursting_;  // now, by instance
  std::vector<Client> clients_;
  std::vector<Request> requests_;
};

}  // namespace slipway::bench
