// Watches a running proxy from outside, as an operator's own tools would. PROXY is the folder that HAProxy
// runs in.
//
// onlooker silences PROXY PID: asks the master and the worker once a second, and reads how many threads the
// daemon PID has; prints what it saw, as JSON, when SIGTERM asks it to end.
//
// onlooker weights PROXY COUNT SECONDS: prints "TARGET MILLISECONDS" (since 1970) for each target whose
// canary gets its first users, until COUNT targets did (exit 0) or the seconds are over (exit 1).

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "base/json.h"
#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_socket.h"
#include "os/clock.h"

namespace slipway {
namespace {

using drivers::haproxy::talk;
using Steady = std::chrono::steady_clock;

constexpr Duration between_questions{1'000};
constexpr Duration between_tries{100};
constexpr Duration answers_within{1'000};
// A reload replaces the master and the worker, and neither answers meanwhile.
constexpr Duration unremarkable{2'000};

// The worker closes the connection after its answer; the master doesn't, and ends its answer with an empty
// line.
bool never_whole(std::string_view, std::size_t) {
  return false;
}
bool ends_with_empty_line(std::string_view answer, std::size_t) {
  return answer.ends_with("\n\n");
}

bool master_answers(const std::filesystem::path& proxy) {
  const auto answer = talk(proxy / "master.sock", "show version", answers_within, ends_with_empty_line, 1);
  return answer && !answer->empty();
}

bool worker_answers(const std::filesystem::path& proxy) {
  const auto answer = talk(proxy / "runtime.sock", "show info", answers_within, never_whole, 1);
  return answer && drivers::haproxy::parse_info(*answer);
}

// Ends its waits once the program is asked to end.
class End {
 public:
  void come() {
    const std::scoped_lock lock(mutex_);
    come_ = true;
    changed_.notify_all();
  }
  // False when the program is to end.
  bool wait_until(Steady::time_point time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_until(lock, time, [this] { return come_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool come_ = false;
};

// Asks once a second. Without an answer it tries again at once: the silence lasts from the question until the
// answer.
class Listener {
 public:
  Listener(std::function<bool()> answers, End& end)
      : answers_(std::move(answers)), end_(end), thread_([this] { listen(); }) {}

  Json join() {
    thread_.join();
    return {{"asked", asked_},
            {"unanswered", unanswered_},
            {"longest_ms", longest_.count()},
            {"deaf_seconds", std::chrono::ceil<std::chrono::seconds>(deaf_).count()}};
  }

 private:
  void listen() {
    auto next = Steady::now();
    do {
      const auto asked_at = Steady::now();
      const bool answered = ask();
      const auto silence = std::chrono::floor<Duration>(Steady::now() - asked_at);
      longest_ = std::max(longest_, silence);
      if (silence >= unremarkable) deaf_ += silence;
      if (!answered) return;
      next = std::max(next + between_questions, Steady::now());
    } while (end_.wait_until(next));
  }

  // Whether there was an answer before the end.
  bool ask() {
    ++asked_;
    if (answers_()) return true;
    ++unanswered_;
    while (end_.wait_until(Steady::now() + between_tries))
      if (answers_()) return true;
    return false;
  }

  std::function<bool()> answers_;
  End& end_;
  int asked_ = 0;
  int unanswered_ = 0;  // questions that had no answer at the first try
  Duration longest_{0};
  Duration deaf_{0};
  std::thread thread_;
};

int threads_of(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  std::string word;
  while (status >> word) {
    int threads = 0;
    if (word == "Threads:" && status >> threads) return threads;
  }
  return 0;
}

int watch_silences(const std::filesystem::path& proxy, const std::string& daemon) {
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int number : {SIGTERM, SIGINT}) ::sigaddset(&ending, number);
  // The threads take this over, so that only we hear the signals.
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  End end;
  Listener master([proxy] { return master_answers(proxy); }, end);
  Listener worker([proxy] { return worker_answers(proxy); }, end);
  int most_threads = 0;
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  do {
    most_threads = std::max(most_threads, threads_of(daemon));
  } while (::sigtimedwait(&ending, nullptr, &second) < 0);
  end.come();
  const Json seen{{"master", master.join()}, {"worker", worker.join()}, {"most_threads", most_threads}};
  std::puts(seen.dump().c_str());
  return 0;
}

// The targets whose canaries get users now.
std::set<std::string> with_a_weight(const std::filesystem::path& proxy) {
  const auto ask = [&](const std::string& map) {
    const auto answer = talk(proxy / "runtime.sock", "show map " + map, answers_within, never_whole, 1);
    std::istringstream lines(answer.value_or(""));
    std::map<std::string, std::string> entries;
    for (std::string address, key, value; lines >> address >> key >> value;) entries[key] = value;
    return entries;
  };
  const auto leases = ask("lease.map");
  std::set<std::string> targets;
  for (const auto& [target, weight] : ask("weight.map")) {
    const auto lease = leases.find(target);
    if (weight == "0" || lease == leases.end()) continue;
    if (Time(Duration(std::atoll(lease->second.c_str()))) > os::wall_now()) targets.insert(target);
  }
  return targets;
}

int watch_weights(const std::filesystem::path& proxy, std::size_t count, int seconds) {
  constexpr Duration between_looks{50};
  const auto deadline = Steady::now() + std::chrono::seconds(seconds);
  std::set<std::string> known;
  while (known.size() < count) {
    if (Steady::now() > deadline) return 1;
    for (const std::string& target : with_a_weight(proxy)) {
      if (!known.insert(target).second) continue;
      std::printf("%s %lld\n", target.c_str(),
                  static_cast<long long>(os::wall_now().time_since_epoch().count()));
      std::fflush(stdout);
    }
    std::this_thread::sleep_for(between_looks);
  }
  return 0;
}

}  // namespace
}  // namespace slipway

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "silences" && argc == 4) return slipway::watch_silences(argv[2], argv[3]);
  if (what == "weights" && argc == 5)
    return slipway::watch_weights(argv[2], static_cast<std::size_t>(std::atoi(argv[3])), std::atoi(argv[4]));
  std::fputs("usage: onlooker silences PROXY PID, or onlooker weights PROXY COUNT SECONDS\n", stderr);
  return 2;
}
