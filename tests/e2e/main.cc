// The tests run in a child of this process, which ends whatever they leave behind: also when they crash or
// are killed.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "support/descendants.h"

namespace {

volatile sig_atomic_t child_pid = 0;

void pass_on(int /*number*/) {
  if (child_pid > 0) kill(child_pid, SIGKILL);
}

}  // namespace

int main(int argc, char** argv) {
  slipway::test::adopt_orphans();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) return 1;
    slipway::test::adopt_orphans();
    // What a test mounts is seen by its processes alone. Only root may; tests that need it skip where it
    // failed.
    if (unshare(CLONE_NEWNS) == 0) mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
  }
  child_pid = child;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) signal(number, pass_on);
  int status = 0;
  while (waitpid(child, &status, 0) != child) {
  }
  slipway::test::end_descendants();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
