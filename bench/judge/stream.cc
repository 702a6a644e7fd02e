#include "stream.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace slipway::bench {
namespace {

constexpr int drift_seconds = 30;
constexpr double retries_mean = 4;
constexpr double burst_times = 3;
constexpr int levels = 9;  // of clients' speed: half deviations from -2 to 2
constexpr double level_spread = 0.3;
constexpr double heaviest = 0.2;

double level_scale(int level) {
  return std::exp(level_spread * (level - levels / 2) / 2.0);
}

// More users where there is more traffic.
int clients_at(double rate) {
  return 1000 + static_cast<int>(20 * rate);
}

std::vector<double> shares_of_clients(int count) {
  std::vector<double> shares(static_cast<std::size_t>(count));
  double others = 0;
  for (std::size_t i = 1; i < shares.size(); ++i) others += shares[i] = 1 / static_cast<double>(i);
  shares[0] = heaviest / (1 - heaviest) * others;
  return shares;
}

}  // namespace

Stage::Stage(Scene scene)
    : scene_(std::move(scene)), base_(Times{}), slow_(Times{burst_times, 0}), faulty_(scene_.fault.times) {
  if (scene_.suite == Suite::drift_of_both)
    for (int second = 0; second < rollout_seconds; second += drift_seconds)
      drifting_.emplace_back(Times{1 + 0.4 * second / rollout_seconds, 0});
  if (scene_.suite == Suite::heavy_clients) {
    for (int level = 0; level < levels; ++level) of_level_.emplace_back(Times{level_scale(level), 0});
    clients_ = std::make_unique<Lottery>(shares_of_clients(clients_at(scene_.rate)));
  }
}

Stream::Stream(const Stage& stage, std::uint64_t key)
    : stage_(stage), random_(key), bursting_(static_cast<std::size_t>(stage.scene().instances)) {
  const Scene& scene = stage.scene();
  if (scene.suite == Suite::bursts_of_both) draw_bursts(300, 5, -1);
  if (scene.suite == Suite::bursts_of_one)
    for (int instance = 0; instance < scene.instances; ++instance) draw_bursts(1800, 3, instance);
  if (scene.suite == Suite::heavy_clients) {
    clients_.resize(static_cast<std::size_t>(clients_at(scene.rate)));
    for (Client& client : clients_) {
      client.errors = std::exp(random_.normal() - 0.5);  // 1 on average
      client.level = static_cast<std::uint8_t>(std::clamp(std::lround(2 * random_.normal()) + 4L, 0L, 8L));
      client.place = random_.uniform();
    }
  }
}

void Stream::draw_bursts(double every, double lasts, int instance) {
  const bool one = instance >= 0;
  for (double at = random_.exponential(every); at < rollout_seconds; at += random_.exponential(every)) {
    const double length = one ? std::max(1.0, std::round(random_.exponential(lasts))) : lasts;
    bursts_.push_back({static_cast<int>(at), static_cast<int>(at + length), instance});
  }
}

Request Stream::draw(int second) {
  const Scene& scene = stage_.scene_;
  Request request;
  double errors = scene.base_errors;
  const Law* law = &stage_.base_;
  if (scene.suite == Suite::heavy_clients) {
    const int who = stage_.clients_->draw(random_);
    const Client& client = clients_[static_cast<std::size_t>(who)];
    request.client = static_cast<std::uint32_t>(who) + 1;
    request.canary = client.place < weight_;
    errors = std::min(1.0, errors * client.errors);
    law = &stage_.of_level_[client.level];
  } else {
    request.client = fresh_++;
    request.canary = random_.uniform() < weight_;
  }
  const int canaries = scene.canary_instances();
  request.instance =
      static_cast<std::uint8_t>(random_.below(request.canary ? canaries : scene.instances - canaries));
  if (second >= 0 && scene.suite == Suite::drift_of_both) {
    errors = std::min(1.0, errors * (1 + 3.0 * second / rollout_seconds));
    law = &stage_.drifting_[static_cast<std::size_t>(second / drift_seconds)];
  }
  if (request.canary && second >= scene.onset) {
    if (scene.fault.errors >= 0) errors = scene.fault.errors;
    if (scene.fault.times != Times{}) law = &stage_.faulty_;
  }
  if (second >= 0 &&
      bursting_[static_cast<std::size_t>(request.instance + (request.canary ? 0 : canaries))]) {
    errors = scene.suite == Suite::bursts_of_both ? 0.3 : 0.5;
    law = &stage_.slow_;
  }
  if (scene.suite == Suite::sticky_retries) errors /= retries_mean;
  request.failed = random_.uniform() < errors;
  request.ms = static_cast<float>(law->draw(random_));
  return request;
}

const std::vector<Request>& Stream::before() {
  weight_ = 0;
  requests_.clear();
  for (int left = random_.poisson(stage_.scene_.rate); left > 0; --left) requests_.push_back(draw(-1));
  return requests_;
}

const std::vector<Request>& Stream::next() {
  const Scene& scene = stage_.scene_;
  weight_ = scene.schedule.weight_at(second_);
  std::fill(bursting_.begin(), bursting_.end(), false);
  for (const Burst& burst : bursts_) {
    if (second_ < burst.from || burst.to <= second_) continue;
    if (burst.instance < 0)
      std::fill(bursting_.begin(), bursting_.end(), true);
    else
      bursting_[static_cast<std::size_t>(burst.instance)] = true;
  }
  const double more = scene.suite == Suite::drift_of_both ? 1 + second_ / double{rollout_seconds} : 1;
  requests_.clear();
  for (int left = random_.poisson(scene.rate * more); left > 0; --left) {
    Request request = draw(second_);
    if (retries_ > 0) {
      --retries_;
      request.canary = retrying_.canary;
      request.client = retrying_.client;
      request.failed = true;
      const int canaries = scene.canary_instances();
      request.instance =
          static_cast<std::uint8_t>(random_.below(request.canary ? canaries : scene.instances - canaries));
    } else if (scene.suite == Suite::sticky_retries && request.failed) {
      retrying_ = request;
      retries_ = random_.geometric(retries_mean) - 1;
    }
    requests_.push_back(request);
  }
  ++second_;
  return requests_;
}

}  // namespace slipway::bench
