#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>

#include "base/json.h"
#include "os/file.h"
#include "os/unix_socket.h"
#include "shim/folder.h"
#include "shim/program.h"
#include "shim/server.h"

namespace slipway::shim {
namespace {

constexpr Duration drain_on_sigterm{10'000};
constexpr int inherited_lock = 3;

// The lock that start() took and left us as a descriptor, or our own when somebody ran us by hand.
Result<os::Fd> hold_lock(const Folder& folder) {
  struct stat given{}, wanted{};
  if (::fstat(inherited_lock, &given) == 0 && ::stat(folder.lock().c_str(), &wanted) == 0 &&
      given.st_dev == wanted.st_dev && given.st_ino == wanted.st_ino) {
    os::Fd lock(inherited_lock);
    TRY_VOID(os::lock_descriptor(lock.get(), folder.lock()));
    ::fcntl(lock.get(), F_SETFD, FD_CLOEXEC);
    return lock;
  }
  return os::lock_file(folder.lock());
}

Result<std::map<std::string, std::string>> read_secrets() {
  // Nothing at all isn't "no secrets": it is a daemon that was killed before it could tell them. And what the
  // parser says isn't told: it quotes what it read.
  const auto wrong = fail(ErrorKind::invalid_input,
                          "standard input isn't a JSON object of secrets: without any, write {{}}");
  TRY(const std::string text, os::read_all(STDIN_FILENO));
  const auto json = parse_json(text);
  if (!json) return wrong;
  auto secrets = decode<std::map<std::string, std::string>>(*json, "");
  if (!secrets) return wrong;
  return *std::move(secrets);
}

Result<Spec> runnable_spec(const Folder& folder) {
  TRY(Spec spec, read_spec(folder));
  if (spec.command.empty())
    return fail(ErrorKind::invalid_input, "{}: the command is empty", folder.spec().string());
  return spec;
}

Result<os::Fd> take_signals() {
  sigset_t heard;
  ::sigemptyset(&heard);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT}) ::sigaddset(&heard, number);
  ::sigprocmask(SIG_BLOCK, &heard, nullptr);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  os::Fd signals(::signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return fail_errno(errno, "cannot listen for signals");
  return signals;
}

// Everything that can fail, before the program is started.
struct Shim {
  os::Fd lock;
  os::Fd signals;
  std::unique_ptr<Program> program;
  Server server;
};

Result<Shim> prepare(const Folder& folder) {
  TRY(auto secrets, read_secrets());
  TRY(os::Fd lock, hold_lock(folder));
  TRY(Spec spec, runnable_spec(folder));
  TRY(os::Fd signals, take_signals());
  TRY(os::Identity self, os::identify(::getpid()));
  TRY_VOID(os::write_atomically(folder.identity(), Json(Lives{protocol, self, {}}).dump() + "\n"));
  TRY(os::Fd listener, os::listen_unix(folder.socket()));
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) return fail_errno(errno, "cannot become a subreaper");
  return Shim{std::move(lock), std::move(signals),
              std::make_unique<Program>(folder.dir, std::move(spec), std::move(secrets)),
              Server(std::move(listener))};
}

void say(const Result<ShimStatus>& status) {
  const std::string line = answer(status).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, line.data(), line.size());
}

// Whoever started us is gone soon: nothing of his stays open.
void let_go() {
  const os::Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), fd);
}

void hear_signals(const os::Fd& signals, Program& program) {
  signalfd_siginfo info{};
  while (::read(signals.get(), &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD) program.stop(drain_on_sigterm);
  program.children_ended();
}

int until(std::optional<Monotonic> due) {
  if (!due) return -1;
  const auto left = std::chrono::ceil<Duration>(*due - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

void keep_alive(Shim& shim) {
  std::vector<pollfd> polled;
  while (!shim.program->over()) {
    polled.assign({{shim.signals.get(), POLLIN, 0},
                   {shim.program->out(), POLLIN, 0},
                   {shim.program->err(), POLLIN, 0}});
    shim.server.add_to(polled);
    if (::poll(polled.data(), polled.size(), until(shim.program->due())) < 0) continue;
    shim.program->read_output();
    hear_signals(shim.signals, *shim.program);
    shim.server.serve(polled, *shim.program);
    shim.program->tick();
  }
}

}  // namespace

int run(const std::filesystem::path& dir) {
  const Folder folder{std::filesystem::absolute(dir)};
  ::prctl(PR_SET_NAME, "slipway-shim", 0, 0, 0);
  ::umask(077);
  if (::chdir("/") < 0) return 1;
  Result<Shim> shim = prepare(folder);
  if (!shim) {
    say(std::unexpected(shim.error()));
    return 1;
  }
  shim->program->start();
  say(shim->program->status());
  let_go();
  keep_alive(*shim);
  std::error_code ignored;  // a folder that can't be written: the lock says that nobody lives here
  std::filesystem::remove(folder.socket(), ignored);
  std::filesystem::remove(folder.identity(), ignored);
  return 0;
}

}  // namespace slipway::shim
