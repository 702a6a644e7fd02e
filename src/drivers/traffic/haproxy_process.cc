#include "drivers/traffic/haproxy_process.h"

#include <csignal>

#include "shim/shim.h"

namespace slipway::drivers::haproxy {
namespace {

constexpr Duration comes_up_within{5'000};
constexpr Duration reloads_within{10'000};
constexpr Duration between{5};
constexpr Duration between_signals{1'000};
constexpr Duration ends_within{5'000};

std::string with_alert(const Folder& folder, std::string message) {
  const std::string alert = folder.last_alert();
  if (!alert.empty()) message += "; it last said: " + alert;
  return message;
}

}  // namespace

Status Process::ensure() const {
  const auto status = shim::status(folder_.dir());
  if (status) return {};
  if (status.error().kind != ErrorKind::not_found) return std::unexpected(status.error());
  shim::Spec spec;
  spec.title = "haproxy";
  // Everything by relative names: a socket's path can't be longer than 107 bytes.
  spec.command = {binary_, "-W", "-S", "unix@master.sock,mode,600", "-f", "haproxy.cfg"};
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
  spec.directory = folder_.dir();
  spec.backoff = Duration{100};
  spec.backoff_max = Duration{1000};
  const auto started = shim::start(folder_.dir(), spec, {}, shim_program_);
  if (!started && started.error().kind != ErrorKind::conflict) return std::unexpected(started.error());
  return {};
}

Status Process::stop() const {
  return shim::stop(folder_.dir(), ends_within);
}

Result<Info> Process::info() const {
  return info_of(current());
}

bool Process::has(const Info& info, const std::string& mark) {
  return parse_description(info.description).mark == mark;
}

Status Process::await_structure(const std::function<std::string()>& mark) {
  Result<Info> seen = fail(ErrorKind::unavailable, "HAProxy wasn't asked");
  await(comes_up_within, between, [&] {
    seen = info();
    return seen && !seen->stopping;
  });
  if (!seen) {
    return fail(ErrorKind::unavailable, "{}",
                with_alert(folder_, "HAProxy doesn't come up: " + seen.error().message));
  }
  return has(*seen, mark()) ? Status{} : reload(*seen, mark);
}

Status Process::renew(const std::string& mark) {
  TRY(const Info before, info());
  return reload(before, [&] { return mark; });
}

Status Process::reload(const Info& before, const std::function<std::string()>& mark) {
  const std::string wanted = mark();
  // What is under way there is to be told of what changes later.
  replaced_.keep_in_touch(before.pid);
  const std::uintmax_t output = folder_.output_size();
  TRY_VOID(shim::signal(folder_.dir(), SIGUSR2));
  bool refused = false;
  auto again_at = std::chrono::steady_clock::now() + between_signals;
  const bool ended = await(reloads_within, between, [&] {
    const auto now = info();
    if (now && now->pid != before.pid && (has(*now, wanted) || has(*now, mark()))) return true;
    const Folder::Reloads reloads = folder_.reloads_since(output);
    refused = reloads.failed;
    // A master that has just begun, or renewed itself, takes no notice of the signal.
    if (const auto time = std::chrono::steady_clock::now(); !reloads.begun && time >= again_at) {
      again_at = time + between_signals;
      static_cast<void>(shim::signal(folder_.dir(), SIGUSR2));
    }
    return refused;
  });
  replaced_.master().forget();
  if (refused) return fail(ErrorKind::unavailable, "{}", with_alert(folder_, "HAProxy refused to reload"));
  if (!ended) {
    return fail(ErrorKind::unavailable, "HAProxy didn't reload within {}; see {}",
                format_duration(reloads_within), (folder_.dir() / "output.log").string());
  }
  await_replaced_stop_listening();
  if (const auto now = info()) replaced_.keep_in_touch(now->pid);
  return {};
}

// The runtime socket is inherited: until the replaced worker has let go of it, either of them may answer
// there.
void Process::await_replaced_stop_listening() {
  await(comes_up_within, between, [&] {
    for (const Replaced::Worker& worker : replaced_.all()) {
      const auto its = info_of(worker.line);
      if (its && !its->stopping) return false;
    }
    return true;
  });
}

}  // namespace slipway::drivers::haproxy
