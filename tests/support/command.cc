#include "support/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/check.h"

namespace slipway::test {
namespace {

pid_t spawn(const Command& command, int out, int err) {
  std::vector<std::string> words = command.words;
  std::vector<std::string> environment = command.environment;
  for (char** variable = environ; *variable; ++variable)
    environment.emplace_back(*variable);  // the first of a name wins
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& variable : environment) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  if (!command.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  pid_t pid = 0;
  CHECK(posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), envp.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

}  // namespace

Ran run(const Command& command, Duration within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  int out[2], err[2];
  CHECK(pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0);
  const pid_t pid = spawn(command, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  Ran ran;
  std::array<pollfd, 2> ends{pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  bool late = false;
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<Duration>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      late = true;
      break;
    }
    poll(ends.data(), ends.size(), static_cast<int>(left.count()));
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t count = read(ends[i].fd, buffer.data(), buffer.size());
      if (count > 0) {
        (i == 0 ? ran.out : ran.err).append(buffer.data(), static_cast<std::size_t>(count));
      } else {
        ends[i].fd = -1;
      }
    }
  }
  if (late) kill(pid, SIGKILL);
  close(out[0]);
  close(err[0]);
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid);
  if (!late) ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

pid_t start(const Command& command, const std::filesystem::path& log) {
  const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  CHECK(fd >= 0);
  const pid_t pid = spawn(command, fd, fd);
  close(fd);
  return pid;
}

}  // namespace slipway::test
