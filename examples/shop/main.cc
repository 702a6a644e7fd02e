// The shop: a small HTTP service to be deployed, slow and broken on demand.
//
//   /                   shop VERSION            /api/health/db      {"database":"connected"}
//   /health             {"status":"healthy"}    /api/health/cache   {"cache":"connected"}
//   /api/version        {"version":"…"}         /slow?ms=N          a chunk every 100 ms, N ms long
//   /ws                 a WebSocket that echoes
//
//   flag               variable             shop.json
//   --version V        SLIPWAY_VERSION      "version"
//   --port N           PORT                 "port"            0: any
//   --host ADDRESS     SHOP_HOST            "host"            127.0.0.1
//   --threads N        SHOP_THREADS         "threads"         2
//   --error-rate R     SHOP_ERROR_RATE      "error_rate"      this share of answers, 0 to 1, is a 500
//                                                               (of /api/version and /api/health/ none)
//   --latency-ms N     SHOP_LATENCY_MS      "latency_ms"      before each answer
//   --slow-rate R      SHOP_SLOW_RATE       "slow_rate"       this share of answers, 0 to 1, takes 2 s longer
//   --slow-start-ms N  SHOP_SLOW_START_MS   "slow_start_ms"   until it listens
//   --crash-after N    SHOP_CRASH_AFTER     "crash_after"     seconds from start until it aborts
//   --ignore-sigterm   SHOP_IGNORE_SIGTERM  "ignore_sigterm"
//   --db-down          SHOP_DB_DOWN         "db_down"         /api/health/db answers 503
//   --cache-down       SHOP_CACHE_DOWN      "cache_down"      /api/health/cache answers 503
//   --unhealthy        SHOP_UNHEALTHY       "unhealthy"       /health answers 503
//
// A flag wins over a variable, a variable over the file, which is looked for in the working directory. Every
// answer says its release as X-Version; an answer that was spoilt on purpose carries the header X-Injected
// with the fault's name; /health is never slowed or made to fail by chance. SIGTERM: accepts no more,
// finishes what is in flight, says "Connection: close", and exits with 0.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <optional>
#include <thread>
#include <vector>

#include "loop.h"
#include "switches.h"

namespace {

using Clock = std::chrono::steady_clock;

// The signal that came before `deadline`; none: it has passed.
std::optional<int> signal_before(const sigset_t& signals, std::optional<Clock::time_point> deadline) {
  while (true) {
    int number = 0;
    if (deadline) {
      const auto left = std::max(Clock::duration{}, *deadline - Clock::now());
      const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
      const timespec wait{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
      number = sigtimedwait(&signals, nullptr, &wait);
      if (number < 0 && errno == EAGAIN) return std::nullopt;
    } else {
      number = sigwaitinfo(&signals, nullptr);
    }
    if (number > 0) return number;
  }
}

int listen_at(const std::string& host, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    errno = EINVAL;
  else if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && listen(fd, 1024) == 0)
    return fd;
  std::fprintf(stderr, "shop: cannot listen at %s:%d: %s\n", host.c_str(), port, std::strerror(errno));
  std::exit(1);
}

int port_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

[[noreturn]] void crash() {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  std::fprintf(stderr, "shop: crashing, as told\n");
  std::abort();
}

int serve(const shop::Switches& switches) {
  const auto started = Clock::now();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::optional<Clock::time_point> crash_at;
  if (switches.crash_after.count() > 0) crash_at = started + switches.crash_after;
  const auto told_to_stop = [&](std::optional<Clock::time_point> deadline) {
    while (const auto number = signal_before(signals, deadline))
      if (*number == SIGINT || !switches.ignore_sigterm) return true;
    return false;
  };

  if (switches.slow_start.count() > 0 && told_to_stop(started + switches.slow_start)) return 0;
  const int listener = listen_at(switches.host, switches.port);
  std::list<shop::Loop> loops;
  for (int i = 0; i < switches.threads; ++i) loops.emplace_back(switches, listener);
  std::vector<std::jthread> threads;
  for (shop::Loop& loop : loops) threads.emplace_back([&loop] { loop.run(); });
  std::printf("shop %s listens at %s:%d\n", switches.version.c_str(), switches.host.c_str(),
              port_of(listener));
  std::fflush(stdout);

  if (!told_to_stop(crash_at)) crash();
  for (shop::Loop& loop : loops) loop.stop();
  // Closed as soon as the loops have taken what had arrived: from then on connections are refused, not left
  // hanging.
  threads.clear();
  close(listener);
  std::printf("shop %s ends: every request was answered\n", switches.version.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return serve(shop::read_switches(argc, argv));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "shop: %s\n", e.what());
    return 2;
  }
}
