#include <sys/socket.h>

#include <csignal>

#include "base/json.h"
#include "os/file.h"
#include "os/spawn.h"
#include "os/unix_socket.h"
#include "shim/folder.h"
#include "shim/leftovers.h"

namespace slipway::shim {
namespace {

constexpr Duration answers_within{2'000};
constexpr Duration starts_within{20'000};
constexpr Duration ends_within{5'000};

// Without a word of the value in the error: it may be a secret.
Result<std::string> encode(const Json& value, std::string_view what) {
  try {
    return value.dump(2) + "\n";
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorKind::invalid_input, "{} must be UTF-8 text", what);
  }
}

struct Asked {
  os::Fd connection;
  ShimStatus status;
};

// Only what is sure: out of descriptors, say, one can't tell, and then a shim may live there.
bool surely_free(const Folder& folder) {
  const auto locked = os::is_locked(folder.lock());
  return locked && !*locked;
}

Result<Asked> ask(const Folder& folder, const Json& request) {
  auto connection = os::connect_unix(folder.socket());
  if (!connection) {
    if (connection.error().kind == ErrorKind::not_found && surely_free(folder))
      return fail(ErrorKind::not_found, "no shim lives in {}", folder.dir.string());
    return fail(ErrorKind::unavailable, "the shim in {} can't be asked: {}", folder.dir.string(),
                connection.error().message);
  }
  std::string buffer;
  const Status sent = os::send_all(connection->get(), request.dump() + "\n", answers_within);
  const Result<std::string> line =
      sent ? os::receive_line(connection->get(), buffer, answers_within) : std::unexpected(sent.error());
  if (!line) {
    // It may have ended between our connecting and its answer.
    if (surely_free(folder)) return fail(ErrorKind::not_found, "no shim lives in {}", folder.dir.string());
    return fail(ErrorKind::unavailable, "the shim in {} doesn't answer: {}", folder.dir.string(),
                line.error().message);
  }
  TRY(ShimStatus status, read_answer(*line));
  return Asked{*std::move(connection), status};
}

// To wait for it, not to kill it: the pid was true a moment ago. not_found when it has ended.
Result<os::Fd> process_of(std::optional<pid_t> pid) {
  if (!pid) return fail(ErrorKind::not_found, "it doesn't run");
  TRY(const os::Identity identity, os::identify(*pid));
  return os::open_process(identity);
}

// For a shim that doesn't answer. It is stopped before its program is killed: a stopped parent neither
// restarts it nor gives its pid back, so the number can't come to mean somebody else's group between the look
// and the kill.
Status kill_by_identity(const Folder& folder) {
  TRY(const Lives lives, read_lives(folder));
  const auto shim = os::open_process(lives.shim);
  if (!shim && shim.error().kind == ErrorKind::not_found && surely_free(folder)) return {};
  if (!shim) return std::unexpected(shim.error());
  TRY_VOID(os::send_signal(*shim, SIGSTOP));
  Result<os::Fd> program = fail(ErrorKind::not_found, "none");
  if (lives.program) program = os::open_process(*lives.program);
  if (program) ::kill(-lives.program->pid, SIGKILL);
  TRY_VOID(os::send_signal(*shim, SIGKILL));
  TRY_VOID(os::await_end(*shim, ends_within));
  if (program) TRY_VOID(os::await_end(*program, ends_within));
  return {};
}

Status stop_shim(const Folder& folder, Duration drain) {
  const auto asked = ask(folder, {{"v", protocol}, {"do", "stop"}, {"drain_ms", drain.count()}});
  if (!asked && asked.error().kind == ErrorKind::not_found) return {};
  if (asked) {
    // Should the shim be killed while we wait, the kernel ends the program a moment later.
    const auto shim = process_of(asked->status.shim_pid);
    const auto program = process_of(asked->status.pid);
    const Status closed = os::await_close(asked->connection.get(), drain + ends_within);
    if (closed && (!program || os::await_end(*program, ends_within)) &&
        (!shim || os::await_end(*shim, ends_within)))
      return {};
  }
  return kill_by_identity(folder);
}

// Where no shim lives any more. A shim that ended by itself left nothing, and no record.
Status clear(const Folder& folder) {
  TRY(const auto left, leftovers(folder));
  if (left.empty()) return {};
  const auto lock = os::lock_file(folder.lock());  // nobody starts anew meanwhile
  if (!lock && lock.error().kind == ErrorKind::conflict)
    return fail(ErrorKind::unavailable, "a shim is being started in {}", folder.dir.string());
  if (!lock) return std::unexpected(lock.error());
  return end_leftovers(folder);
}

// The shim's first words, on the descriptor that brought it the secrets.
Result<ShimStatus> report_of_start(const os::Fd& channel, const Folder& folder) {
  std::string buffer;
  const auto line = os::receive_line(channel.get(), buffer, starts_within);
  if (line) return read_answer(*line);
  return fail(ErrorKind::unavailable, "the shim in {} didn't start: {}", folder.dir.string(),
              line.error().message);
}

}  // namespace

Result<ShimStatus> start(const std::filesystem::path& dir, const Spec& spec,
                         const std::map<std::string, std::string>& secrets,
                         const std::filesystem::path& slipway) {
  const Folder folder{std::filesystem::absolute(dir)};
  TRY_VOID(os::make_dirs(folder.dir));
  auto lock = os::lock_file(folder.lock());
  if (!lock && lock.error().kind == ErrorKind::conflict)
    return fail(ErrorKind::conflict, "a shim lives in {} already", folder.dir.string());
  if (!lock) return std::unexpected(std::move(lock.error()));
  TRY(const std::string written, encode(spec, "the program's command and environment"));
  TRY(const std::string given, encode(secrets, "the secrets"));
  TRY_VOID(end_leftovers(folder));  // before the spec is another: they are known by it
  TRY_VOID(os::write_atomically(folder.spec(), written));

  TRY(os::Pair channel, os::make_socket_pair());
  os::Launch launch;
  launch.program = slipway;
  launch.argv = {"slipway", "shim", folder.dir};
  if (!spec.title.empty()) launch.argv.push_back(spec.title);
  launch.in = channel.theirs.get();
  launch.out = channel.theirs.get();
  launch.inherited = {lock->get()};
  launch.bond = os::Bond::detached;
  TRY_VOID(os::spawn(launch));
  lock->reset();
  channel.theirs.reset();
  // Should it end before it took them, its report says why.
  static_cast<void>(os::send_all(channel.ours.get(), given, starts_within));
  ::shutdown(channel.ours.get(), SHUT_WR);
  return report_of_start(channel.ours, folder);
}

Result<ShimStatus> status(const std::filesystem::path& dir) {
  TRY(Asked asked, ask(Folder{dir}, {{"v", protocol}, {"do", "status"}}));
  return asked.status;
}

Status signal(const std::filesystem::path& dir, int number) {
  TRY_VOID(ask(Folder{dir}, {{"v", protocol}, {"do", "signal"}, {"number", number}}));
  return {};
}

Result<bool> is_vacant(const std::filesystem::path& dir) {
  const auto lives = shim::status(dir);
  if (lives) return false;
  if (lives.error().kind != ErrorKind::not_found) return std::unexpected(lives.error());
  TRY(const auto left, leftovers(Folder{dir}));
  return left.empty();
}

Status stop(const std::filesystem::path& dir, Duration drain) {
  const Folder folder{dir};
  TRY_VOID(stop_shim(folder, drain));
  return clear(folder);
}

}  // namespace slipway::shim
