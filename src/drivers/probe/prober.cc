#include "drivers/probe/prober.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "drivers/http/curl.h"
#include "drivers/probe/get.h"
#include "drivers/probe/watch.h"
#include "os/clock.h"

namespace slipway::drivers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration ask_while_well{2'000};      // how late a restart that no probe met is noticed
constexpr Duration ask_after_silence{10'000};  // a shim that doesn't answer holds us for seconds
constexpr Duration late{200};                  // from here on it is us who were slow, not who was asked
constexpr Duration longest_between_probes{60'000};

struct Probed {
  Probed(core::Target of, core::Duties::Probe what)
      : target(std::move(of)), probe(std::move(what)), watch(probe.instance) {
    aim();
  }
  void aim() {
    get = std::make_unique<Get>(fmt::format("http://127.0.0.1:{}{}", probe.port, probe.health.path),
                                probe.health.timeout);
    set_option(get->handle(), CURLOPT_PRIVATE, static_cast<void*>(this));
  }

  core::Target target;
  core::Duties::Probe probe;
  Watch watch;
  std::unique_ptr<Get> get;
  Clock::time_point due{};
  Clock::time_point begun{};
  Clock::time_point ask_at{};
  bool in_flight = false;
  bool excused = false;  // its last silence was ours
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
    probed_.clear();
    curl_multi_cleanup(multi_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void run();
  void adopt(const std::map<core::Target, std::vector<core::Duties::Probe>>& wanted);
  void begin_due();
  void end_done();
  void ended(Probed& probed, CURLcode code);
  Look look(Probed& probed, bool answered_well);
  void cancel(Probed& probed);
  void wait();

  Ask ask_;
  Changed changed_;
  CURLM* multi_ = nullptr;
  std::thread thread_;
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::optional<std::map<core::Target, std::vector<core::Duties::Probe>>> wanted_;  // guarded by mutex_

  // The rest is the thread's own.
  std::map<std::pair<core::Target, core::InstanceName>, std::unique_ptr<Probed>> probed_;
  Clock::time_point woken_{};  // from the last wait
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
  }
}

void Prober::Impl::cancel(Probed& probed) {
  if (probed.in_flight) curl_multi_remove_handle(multi_, probed.get->handle());
  probed.in_flight = false;
}

void Prober::Impl::adopt(const std::map<core::Target, std::vector<core::Duties::Probe>>& wanted) {
  auto before = std::exchange(probed_, {});
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
        probed.aim();
        probed.due = {};
      }
      probed_.insert(std::move(known));
    }
  }
  for (auto& [key, probed] : before) cancel(*probed);
}

void Prober::Impl::begin_due() {
  const auto now = Clock::now();
  for (auto& [key, probed] : probed_) {
    if (probed->in_flight || probed->due > now) continue;
    // On its own beat, unless that was missed.
    const auto next = probed->due + probed->probe.health.interval;
    probed->due = next > now ? next : now + probed->probe.health.interval;
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
  seen.problem = std::move(problem);
  if (const auto change = probed.watch.see(seen, Clock::now())) changed_(probed.target, *change);
}

Look Prober::Impl::look(Probed& probed, bool answered_well) {
  const auto now = Clock::now();
  const bool silent = probed.ask_at > now + ask_while_well;
  if (probed.ask_at > now && (answered_well || silent)) return {};
  const auto status = ask_(probed.target, probed.probe.instance);
  const bool no_word = !status && status.error().kind != ErrorKind::not_found;
  probed.ask_at = Clock::now() + (no_word ? ask_after_silence : ask_while_well);
  return look_at(status, os::wall_now(), probed.probe.health.grace);
}

void Prober::Impl::wait() {
  auto until = Clock::now() + longest_between_probes;
  for (const auto& [key, probed] : probed_)
    if (!probed->in_flight) until = std::min(until, probed->due);
  const auto before = Clock::now();
  if (before - woken_ > late) late_until_ = before;
  const auto left = std::max(std::chrono::ceil<Duration>(until - before), Duration(0));
  curl_multi_poll(multi_, nullptr, 0, static_cast<int>(left.count()), nullptr);
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
