#include "drivers/probe/prober.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/check.h"
#include "drivers/http/curl.h"
#include "drivers/probe/ends.h"
#include "drivers/probe/get.h"
#include "drivers/probe/watch.h"
#include "os/clock.h"

namespace slipway::drivers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration ask_while_well{2'000};      // where we can't watch it: how late a restart is noticed
constexpr Duration ask_while_watched{10'000};  // we are told when one of both ends
constexpr Duration ask_after_silence{10'000};  // a shim that doesn't answer holds us for seconds
constexpr Duration late{200};                  // from here on it is us who were slow, not who was asked
constexpr Duration until_it_listens{50};
constexpr Duration longest_between_probes{60'000};

// Those of many instances begin together, ten times a second: each time we wake for fewer has its price.
Clock::time_point on_the_beat(Clock::time_point due, Duration interval) {
  constexpr Duration beat{100};
  const Duration grid = std::min(beat, interval / 10);
  if (grid <= Duration::zero()) return due;
  const auto since = due.time_since_epoch();
  return due - since % grid;
}

// As HAProxy asks, which says that it closes the connection.
RequestHeaders headers_of(const core::HealthCheck& health) {
  if (health.host.empty()) return {};
  return {{"Host", health.host}, {"Connection", "close"}};
}

struct Probed {
  Probed(core::Target of, core::Duties::Probe what)
      : target(std::move(of)), probe(std::move(what)), watch(probe.instance) {
    aim();
  }
  void aim() {
    get = std::make_unique<Get>(fmt::format("http://127.0.0.1:{}{}", probe.port, probe.health.path),
                                probe.health.timeout, headers_of(probe.health));
    set_option(get->handle(), CURLOPT_PRIVATE, static_cast<void*>(this));
  }

  core::Target target;
  core::Duties::Probe probe;
  Watch watch;
  std::unique_ptr<Get> get;
  Clock::time_point due{};
  Clock::time_point begun{};
  Clock::time_point ask_at{};
  bool silent = false;  // its shim, when it was asked last
  pid_t pid = 0;        // of the program that is watched
  os::Fd program, shim;
  bool in_flight = false;
  bool answered = false;  // ever
  bool excused = false;   // its last silence was ours
};

}  // namespace

struct Prober::Impl {
  Impl(Ask ask, Changed changed) : ask_(std::move(ask)), changed_(std::move(changed)) {
    prepare_curl();
    multi_ = curl_multi_init();
    CHECK(multi_ != nullptr);
  }
  ~Impl() {
    ending_ = true;
    curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
    for (auto& [key, probed] : probed_) cancel(*probed);
    due_.clear();
    probed_.clear();
    curl_multi_cleanup(multi_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void run();
  void adopt(const std::map<core::Target, std::vector<core::Duties::Probe>>& wanted);
  void begin_due();
  void end_done();
  void see_ends();
  void ended(Probed& probed, CURLcode code);
  Look look(Probed& probed, bool answered_well);
  void watch(Probed& probed, const shim::ShimStatus& status);
  void cancel(Probed& probed);
  void wait();

  Ask ask_;
  Changed changed_;
  CURLM* multi_ = nullptr;
  Ends ends_;
  std::thread thread_;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::optional<std::map<core::Target, std::vector<core::Duties::Probe>>> wanted_;  // guarded by mutex_

  // The rest is the thread's own.
  std::map<std::pair<core::Target, core::InstanceName>, std::unique_ptr<Probed>> probed_;
  std::set<std::pair<Clock::time_point, Probed*>> due_;  // those that aren't in flight
  Clock::time_point woken_{};                            // from the last wait
  Clock::time_point late_until_{};
};

void Prober::Impl::run() {
  woken_ = Clock::now();
  while (!ending_) {
    std::optional<std::map<core::Target, std::vector<core::Duties::Probe>>> wanted;
    {
      const std::lock_guard lock(mutex_);
      std::swap(wanted, wanted_);
    }
    if (wanted) adopt(*wanted);
    begin_due();
    int running = 0;
    curl_multi_perform(multi_, &running);
    end_done();
    wait();
    see_ends();
  }
}

void Prober::Impl::cancel(Probed& probed) {
  if (probed.in_flight) curl_multi_remove_handle(multi_, probed.get->handle());
  probed.in_flight = false;
}

void Prober::Impl::adopt(const std::map<core::Target, std::vector<core::Duties::Probe>>& wanted) {
  auto before = std::exchange(probed_, {});
  due_.clear();
  for (const auto& [target, probes] : wanted) {
    for (const core::Duties::Probe& probe : probes) {
      const auto key = std::pair(target, probe.instance);
      auto known = before.extract(key);
      if (!known) {
        probed_.emplace(key, std::make_unique<Probed>(target, probe));
        continue;
      }
      Probed& probed = *known.mapped();
      if (probed.probe != probe) {
        cancel(probed);
        probed.probe = probe;
        probed.answered = false;
        probed.aim();
        probed.due = {};
      }
      probed_.insert(std::move(known));
    }
  }
  for (auto& [key, probed] : before) cancel(*probed);
  for (auto& [key, probed] : probed_)
    if (!probed->in_flight) due_.emplace(probed->due, probed.get());
}

void Prober::Impl::begin_due() {
  const auto now = Clock::now();
  while (!due_.empty() && due_.begin()->first <= now) {
    Probed* const probed = due_.extract(due_.begin()).value().second;
    // An interval after the last one was due, unless that is over.
    const Duration interval = probed->probe.health.interval;
    const auto next = probed->due + interval;
    probed->due = on_the_beat(next > now ? next : now + interval, interval);
    probed->begun = now;
    probed->get->begin();
    CHECK(curl_multi_add_handle(multi_, probed->get->handle()) == CURLM_OK);
    probed->in_flight = true;
  }
}

void Prober::Impl::end_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Probed* probed = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &probed);
    cancel(*probed);
    ended(*probed, code);
    due_.emplace(probed->due, probed);
  }
}

void Prober::Impl::see_ends() {
  for (void* whose : ends_.come()) {
    auto& probed = *static_cast<Probed*>(whose);
    probed.program.reset();
    probed.shim.reset();
    probed.ask_at = {};
    if (probed.in_flight) continue;
    due_.erase({probed.due, &probed});
    probed.due = Clock::now();
    due_.emplace(probed.due, &probed);
  }
}

void Prober::Impl::ended(Probed& probed, CURLcode code) {
  const bool ours = code == CURLE_OPERATION_TIMEDOUT && probed.begun < late_until_;
  if (ours && !probed.excused) {
    probed.excused = true;
    probed.due = Clock::now();
    return;
  }
  probed.excused = false;
  const auto answer = probed.get->ended(code);
  auto problem = answer ? mismatch(*answer, probed.probe.health.expect) : answer.error().message;
  Look seen = look(probed, !problem);
  seen.says_no = problem && answer && !status_mismatch(answer->status, probed.probe.health.expect.status);
  seen.problem = std::move(problem);
  probed.answered = probed.answered || code != CURLE_COULDNT_CONNECT;
  // A program that has just begun listens soon: users don't wait a whole interval for it.
  if (!probed.answered && seen.process == Look::Process::running && !seen.past_grace)
    probed.due = std::min(probed.due, Clock::now() + until_it_listens);
  if (const auto change = probed.watch.see(seen, Clock::now())) changed_(probed.target, *change);
}

Look Prober::Impl::look(Probed& probed, bool answered_well) {
  const auto now = Clock::now();
  if (probed.ask_at > now && (answered_well || probed.silent)) return {};
  const auto status = ask_(probed.target, probed.probe.instance);
  probed.silent = !status && status.error().kind != ErrorKind::not_found;
  if (status) watch(probed, *status);
  const bool waits = status && !status->pid;
  probed.ask_at = Clock::now() + (probed.silent    ? ask_after_silence
                                  : waits          ? Duration::zero()
                                  : probed.program ? ask_while_watched
                                                   : ask_while_well);
  return look_at(status, os::wall_now(), probed.probe.health.grace);
}

void Prober::Impl::watch(Probed& probed, const shim::ShimStatus& status) {
  if (probed.program && probed.pid == status.pid) return;
  probed.pid = status.pid.value_or(0);
  probed.shim = ends_.watch(status.shim_pid, &probed);
  probed.program = probed.shim && status.pid ? ends_.watch(*status.pid, &probed) : os::Fd();
}

void Prober::Impl::wait() {
  auto until = Clock::now() + longest_between_probes;
  if (!due_.empty()) until = std::min(until, due_.begin()->first);
  const auto before = Clock::now();
  if (before - woken_ > late) late_until_ = before;
  const auto left = std::max(std::chrono::ceil<Duration>(until - before), Duration(0));
  curl_waitfd end{.fd = ends_.descriptor(), .events = CURL_WAIT_POLLIN, .revents = 0};
  curl_multi_poll(multi_, &end, 1, static_cast<int>(left.count()), nullptr);
  woken_ = Clock::now();
  if (woken_ - before > left + late) late_until_ = woken_;
}

Prober::Prober(Ask ask, Changed changed)
    : impl_(std::make_unique<Impl>(std::move(ask), std::move(changed))) {}
Prober::~Prober() = default;

void Prober::start() {
  CHECK(!impl_->thread_.joinable());
  impl_->thread_ = std::thread([impl = impl_.get()] { impl->run(); });
}

void Prober::probe(std::map<core::Target, std::vector<core::Duties::Probe>> wanted) {
  {
    const std::lock_guard lock(impl_->mutex_);
    impl_->wanted_ = std::move(wanted);
  }
  curl_multi_wakeup(impl_->multi_);
}

}  // namespace slipway::drivers
