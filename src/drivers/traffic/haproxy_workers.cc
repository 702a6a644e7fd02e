#include "drivers/traffic/haproxy_workers.h"

#include <algorithm>
#include <sstream>

#include "base/log.h"
#include "os/file.h"
#include "shim/shim.h"

namespace slipway::drivers::haproxy {
namespace {

constexpr Duration master_answers_within{500};
constexpr Duration between_looks_at_the_master{10'000};
constexpr Duration longest_silence{60'000};

// The master doesn't close after its answers; but it does after refusing to hand a command on.
bool has_answers(std::string_view text, std::size_t count) {
  std::size_t ended = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    if (end == at) ++ended;
    at = end + 1;
  }
  return ended >= count;
}

// Passes questions to a replaced worker through the master.
class ThroughMaster final : public Transport {
 public:
  ThroughMaster(Master& master, pid_t worker) : master_(master), worker_(worker) {}
  Result<std::string> exchange(const std::string& line, std::size_t count) override {
    return master_.hand_on(worker_, line, count);
  }

 private:
  Master& master_;
  pid_t worker_;
};

// It has ended, and its master hasn't noticed: a session that is handed on to it hangs in the master for
// ever.
bool is_zombie(pid_t pid) {
  const auto status = os::read_file(fmt::format("/proc/{}/status", pid));
  return !status || status->find("\nState:\tZ") != std::string::npos;
}

}  // namespace

Result<std::string> Master::exchange(const std::string& line, std::size_t count) {
  const auto now = Clock::now();
  if (deaf_since_ && now < due_) return std::unexpected(last_.error());
  auto answer = talk(socket_, line, master_answers_within, has_answers, count);
  if (answer) {
    last_ = Status{};
    deaf_since_.reset();
    failures_ = 0;
    due_ = Clock::now() + between_looks_at_the_master;
    return answer;
  }
  last_ = std::unexpected(
      Error{ErrorKind::unavailable, "HAProxy's master doesn't answer: " + answer.error().message});
  if (!deaf_since_) deaf_since_ = now;
  ++failures_;
  due_ = Clock::now() + std::min(Duration(1000) * (1 << std::min(failures_ - 1, 6)), longest_silence);
  return std::unexpected(last_.error());
}

Result<std::string> Master::hand_on(pid_t worker, const std::string& line, std::size_t count) {
  const std::scoped_lock lock(mutex_);
  const std::string prefix = fmt::format("@!{} ", worker);
  std::string whole = prefix + line;
  for (std::size_t at = whole.find(';'); at != std::string::npos; at = whole.find(';', at + 1))
    whole.insert(at + 1, prefix);
  return exchange(whole, count);
}

Status Master::look() {
  const std::scoped_lock lock(mutex_);
  if (Clock::now() < due_) return last_;
  TRY_VOID(exchange("show version", 1));
  return {};
}

std::optional<Duration> Master::deaf_for() const {
  const std::scoped_lock lock(mutex_);
  if (!deaf_since_) return std::nullopt;
  return std::chrono::floor<Duration>(Clock::now() - *deaf_since_);
}

void Master::forget() {
  const std::scoped_lock lock(mutex_);
  deaf_since_.reset();
  failures_ = 0;
  last_ = Status{};
  due_ = Clock::now();
}

Result<pid_t> Replaced::master_pid() {
  {
    const std::scoped_lock lock(mutex_);
    if (known_master_) {
      const auto now = os::identify(known_master_->pid);
      if (now && *now == *known_master_) return known_master_->pid;
      known_master_.reset();
      lines_.clear();
      let_go_.clear();
    }
  }
  TRY(const shim::ShimStatus status, shim::status(folder_.dir()));
  if (!status.pid) return fail(ErrorKind::not_found, "HAProxy doesn't run");
  TRY(const os::Identity identity, os::identify(*status.pid));
  const std::scoped_lock lock(mutex_);
  known_master_ = identity;
  return identity.pid;
}

// The newest worker takes requests, or is about to; it is never asked as one that was replaced.
std::vector<pid_t> Replaced::older_than_the_newest(pid_t master) const {
  std::istringstream list(
      os::read_file(fmt::format("/proc/{}/task/{}/children", master, master)).value_or(""));
  std::vector<std::pair<std::uint64_t, pid_t>> workers;
  for (pid_t pid = 0; list >> pid;)
    if (const auto identity = os::identify(pid); identity && !is_zombie(pid))
      workers.emplace_back(identity->start_time, pid);
  std::ranges::sort(workers);
  std::vector<pid_t> older;
  for (std::size_t i = 0; i + 1 < workers.size(); ++i) older.push_back(workers[i].second);
  return older;
}

std::vector<Replaced::Worker> Replaced::all() {
  const auto master = master_pid();
  if (!master) return {};
  std::vector<Worker> workers;
  for (const pid_t pid : older_than_the_newest(*master)) {
    std::shared_ptr<KeptLine> line;
    {
      const std::scoped_lock lock(mutex_);
      if (let_go_.contains(pid)) continue;
      if (const auto found = lines_.find(pid); found != lines_.end()) line = found->second;
    }
    if (!line) {
      workers.push_back({pid, false, CommandLine(std::make_shared<ThroughMaster>(master_, pid))});
      continue;
    }
    const auto info = info_of(CommandLine(line));
    // It has ended, or nothing but our connection is left of it.
    if (!info || (info->stopping && info->connections <= 1)) {
      const std::scoped_lock lock(mutex_);
      lines_.erase(pid);
      if (info) let_go_.insert(pid);
      continue;
    }
    workers.push_back({pid, true, CommandLine(line)});
  }
  return workers;
}

void Replaced::keep_in_touch(pid_t worker) {
  std::shared_ptr<KeptLine> known;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = lines_.find(worker); found != lines_.end()) known = found->second;
  }
  // HAProxy closes what nobody asks anything over; a daemon may have been stopped for that long.
  if (known && info_of(CommandLine(known))) return;
  auto line = KeptLine::open(folder_.runtime_socket());
  if (!line) return;
  // A reload may have come in between, and another worker have answered.
  const auto info = info_of(CommandLine(*line));
  if (!info || info->pid != worker) return;
  const std::scoped_lock lock(mutex_);
  lines_[worker] = *std::move(line);
  let_go_.erase(worker);
}

Result<Info> info_of(const CommandLine& worker) {
  TRY(const std::string text, worker.ask("show info"));
  return parse_info(text);
}

}  // namespace slipway::drivers::haproxy
