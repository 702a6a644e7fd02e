#include "server/live.h"

#include <unistd.h>

#include <chrono>
#include <fstream>

namespace slipway::server {
namespace {

constexpr Duration asking_at_most{2000};
constexpr Duration answer_at_most{3000};

std::optional<std::int64_t> resident_bytes(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  std::int64_t size = 0;
  std::int64_t resident = 0;
  if (!(file >> size >> resident)) return std::nullopt;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::optional<std::int64_t> available_bytes() {
  constexpr std::int64_t kibibyte = 1024;
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::int64_t value = 0;
  std::string unit;
  while (file >> key >> value && std::getline(file, unit))
    if (key == "MemAvailable:") return value * kibibyte;
  return std::nullopt;
}

Sight look_now(const Look& look, const WorldLive::Eyes& eyes) {
  Sight sight;
  sight.memory_available = available_bytes();
  const auto deadline = std::chrono::steady_clock::now() + asking_at_most;
  if (look.proxy) sight.proxy = eyes.proxy(look.target);
  for (const core::InstanceName& instance : look.instances) {
    if (std::chrono::steady_clock::now() >= deadline) break;
    const auto status = eyes.status(look.target, instance);
    if (!status || !status->pid) continue;
    sight.processes[instance] = {status->pid, resident_bytes(*status->pid)};
  }
  return sight;
}

}  // namespace

// One call of look().
struct WorldLive::Asked {
  std::size_t missing = 0;
  std::map<core::Target, Sight> sights;
  Seen seen;
  std::unique_ptr<Loop::Timer> timer;

  void answer() {
    timer->cancel();
    if (seen) std::exchange(seen, nullptr)(std::move(sights));
  }
};

WorldLive::WorldLive(Loop& loop, drivers::Workers& workers, Eyes eyes)
    : loop_(loop), workers_(workers), eyes_(std::move(eyes)) {}

void WorldLive::look(std::vector<Look> at, Seen seen) {
  const auto asked = std::make_shared<Asked>();
  asked->missing = at.size();
  asked->seen = std::move(seen);
  asked->timer = loop_.timer();
  if (at.empty()) return asked->answer();
  asked->timer->set(answer_at_most, [weak = std::weak_ptr(asked)] {
    if (const auto there = weak.lock()) there->answer();
  });
  for (const Look& each : at) look_at_one(each, asked);
}

void WorldLive::look_at_one(const Look& look, std::shared_ptr<Asked> asked) {
  auto& asking = under_way_[look.target];
  asking.push_back(std::move(asked));
  if (asking.size() > 1) return;
  workers_.run([this, look] {
    Sight sight = look_now(look, eyes_);
    loop_.post([this, target = look.target, sight = std::move(sight)] { seen(target, sight); });
  });
}

void WorldLive::seen(const core::Target& target, const Sight& sight) {
  auto waiting = under_way_.extract(target);
  if (waiting.empty()) return;
  for (const auto& asked : waiting.mapped()) {
    asked->sights[target] = sight;
    if (--asked->missing == 0) asked->answer();
  }
}

}  // namespace slipway::server
