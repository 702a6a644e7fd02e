#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "os/process.h"
#include "os/spawn.h"
#include "shim_world.h"

namespace slipway {
namespace {

// A process of this test's own that must not be mistaken for a shim's; it ends with the test.
class Bystander {
 public:
  explicit Bystander(const std::map<std::string, std::string>& env = {}, const std::string& directory = "/") {
    os::Launch launch;
    launch.program = "/bin/sleep";
    launch.argv = {"sleep", "1000"};
    launch.env = env;
    launch.directory = directory;
    pid_ = os::spawn(launch).value_or(0);
    EXPECT_GT(pid_, 0);
  }
  ~Bystander() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

// Programs that start others, below a shim that is killed.
class Leftovers : public ShimWorld {
 protected:
  // What the tests start is ended by its pid, should the shim not have done it.
  ~Leftovers() override {
    for (const os::Identity& identity : started_)
      if (const auto process = os::open_process(identity))
        static_cast<void>(os::send_signal(*process, SIGKILL));
  }

  pid_t child(const std::string& word) {
    const pid_t pid = pid_after(word);
    if (const auto identity = os::identify(pid)) started_.push_back(*identity);
    EXPECT_TRUE(runs(pid)) << word;
    return pid;
  }

  void kill_shim(const shim::ShimStatus& started) {
    ASSERT_EQ(::kill(started.shim_pid, SIGKILL), 0);
    ASSERT_TRUE(eventually(soon, [&] { return !runs(started.shim_pid) && !runs(*started.pid); }));
    ASSERT_EQ(shim::status(dir()).error().kind, ErrorKind::not_found);
  }

  // As if a shim had been killed here whose program was the leader of that group.
  void record(const os::Identity& shim, const os::Identity& program, const std::filesystem::path& directory) {
    const auto json = [](const os::Identity& identity) {
      return Json{{"pid", identity.pid}, {"start_time", identity.start_time}, {"boot_id", identity.boot_id}};
    };
    ASSERT_TRUE(os::make_dirs(dir()));
    ASSERT_TRUE(os::write_atomically(
        dir() / "shim.json", Json{{"protocol", 1}, {"shim", json(shim)}, {"program", json(program)}}.dump()));
    ASSERT_TRUE(os::write_atomically(
        dir() / "spec.json", Json{{"command", {"/bin/true"}}, {"directory", directory.string()}}.dump()));
  }

  // A shim that was here before anything else of this test, and has ended.
  static os::Identity earlier() {
    os::Identity gone = os::identify(::getpid()).value_or(os::Identity{});
    gone.pid = 1 << 29;  // beyond the kernel's largest
    return gone;
  }

 private:
  std::vector<os::Identity> started_;
};

constexpr const char* family =
    "sleep 1000 & echo child $!; setsid sleep 1000 & echo runaway $!; echo ready; wait";

TEST_F(Leftovers, AreEndedByAStop) {
  const auto started = start(sh(family));
  const pid_t ours = child("child"), runaway = child("runaway");
  EXPECT_EQ(shim::is_vacant(dir()), false);
  kill_shim(started);
  ASSERT_TRUE(runs(ours));
  EXPECT_EQ(shim::is_vacant(dir()), false);
  const Status stopped = shim::stop(dir(), Duration(1000));
  EXPECT_TRUE(stopped) << stopped.error().message;
  EXPECT_FALSE(runs(ours));
  EXPECT_FALSE(runs(runaway));
  EXPECT_EQ(shim::is_vacant(dir()), true);
}

TEST_F(Leftovers, AreEndedBeforeTheNextStart) {
  const std::string lock = temp_ / "held";
  const auto started = start(sh("flock " + lock + " sh -c 'echo child $$; exec sleep 1000' & wait"));
  const pid_t ours = child("child");
  kill_shim(started);
  ASSERT_TRUE(runs(ours));
  start(sh("flock -n " + lock + " echo it was free || echo it was taken; exec sleep 1000"));
  EXPECT_TRUE(prints(" out it was free\n")) << output();
  EXPECT_FALSE(runs(ours));
}

TEST_F(Leftovers, AreEndedAlsoWhereTheShimDidNotAnswer) {
  const auto started = start(sh(family));
  const pid_t ours = child("child"), runaway = child("runaway");
  ASSERT_EQ(::kill(started.shim_pid, SIGSTOP), 0);
  const Status stopped = shim::stop(dir(), Duration(100));
  EXPECT_TRUE(stopped) << stopped.error().message;
  EXPECT_FALSE(runs(ours));
  EXPECT_FALSE(runs(runaway));
}

TEST_F(Leftovers, AreKnownByGroupAndFolderWhereTheyLostTheirEnvironment) {
  auto spec =
      sh("env -i sleep 1000 & echo child $!; (cd /; exec env -i sleep 1000) & echo elsewhere $!; wait");
  spec.directory = temp_.path();
  const auto started = start(spec);
  const pid_t ours = child("child"), elsewhere = child("elsewhere");
  const auto lost = [](pid_t pid) { return os::read_file(fmt::format("/proc/{}/environ", pid)) == ""; };
  ASSERT_TRUE(eventually(soon, [&] { return lost(ours) && lost(elsewhere); }));
  kill_shim(started);
  EXPECT_TRUE(shim::stop(dir(), Duration(0)));
  EXPECT_FALSE(runs(ours));
  EXPECT_TRUE(runs(elsewhere));  // its group's number alone proves nothing
}

TEST_F(Leftovers, AreNotLookedForBelowAShimThatEndedByItself) {
  start(sh("echo ready; exec sleep 1000"));
  ASSERT_TRUE(prints("ready"));
  EXPECT_TRUE(shim::stop(dir(), Duration(1000)));
  EXPECT_FALSE(std::filesystem::exists(dir() / "shim.json"));
  EXPECT_EQ(shim::is_vacant(dir()), true);
  EXPECT_EQ(shim::is_vacant(temp_ / "no/such/folder"), true);
}

TEST_F(Leftovers, AreNeverProcessesOfAnotherShim) {
  const auto other_dir = temp_ / "other";
  const auto other = shim::start(other_dir, sh("exec sleep 1000"), {});
  ASSERT_TRUE(other);
  const auto group = os::identify(*other->pid);
  ASSERT_TRUE(group);
  record(earlier(), *group, "/usr");  // the program's file lies there, and the group's number is the same
  EXPECT_EQ(shim::is_vacant(dir()), true);
  EXPECT_TRUE(shim::stop(dir(), Duration(0)));
  EXPECT_TRUE(runs(*other->pid));
  EXPECT_TRUE(shim::stop(other_dir, Duration(0)));
}

TEST_F(Leftovers, AreNeverProcessesThatOnlyHaveAGroupsNumber) {
  const auto place = temp_ / "place";
  ASSERT_TRUE(os::make_dirs(place));
  const Bystander bystander({}, place);
  const auto group = os::identify(bystander.pid());
  ASSERT_TRUE(group);
  record(earlier(), *group, temp_ / "elsewhere");
  EXPECT_EQ(shim::is_vacant(dir()), true);
  record(earlier(), *group, "/");  // every process is at work there
  EXPECT_EQ(shim::is_vacant(dir()), true);
  record(earlier(), *group, temp_ / "pla");
  EXPECT_EQ(shim::is_vacant(dir()), true);
  os::Identity later = *group;
  ++later.start_time;
  record(later, later, place);  // it was there before that shim
  EXPECT_EQ(shim::is_vacant(dir()), true);
  os::Identity elsewhen = *group;
  elsewhen.boot_id = "another boot";
  record(elsewhen, elsewhen, place);
  EXPECT_EQ(shim::is_vacant(dir()), true);
  EXPECT_TRUE(shim::stop(dir(), Duration(0)));
  EXPECT_TRUE(runs(bystander.pid()));
  record(earlier(), *group, place);  // and this is all that was missing
  EXPECT_EQ(shim::is_vacant(dir()), false);
}

TEST_F(Leftovers, AreNeverProcessesMarkedWithAnotherBoot) {
  os::Identity shim = earlier();
  const auto mark = [&](const std::string& boot) {
    return fmt::format("{}.{}.{}", shim.pid, shim.start_time, boot);
  };
  const Bystander stranger({{"SLIPWAY_SHIM", mark("another boot")}});
  const Bystander child({{"SLIPWAY_SHIM", mark(shim.boot_id)}});
  record(shim, shim, "/");
  EXPECT_TRUE(shim::stop(dir(), Duration(0)));
  EXPECT_TRUE(runs(stranger.pid()));
  EXPECT_FALSE(runs(child.pid()));
}

TEST_F(Leftovers, AreNothingWhereTheRecordIsGarbage) {
  ASSERT_TRUE(os::make_dirs(dir()));
  for (const char* garbage : {"", "{", "[]", R"({"protocol":1})", R"({"protocol":1,"shim":{"pid":"x"}})"}) {
    ASSERT_TRUE(os::write_atomically(dir() / "shim.json", garbage));
    EXPECT_EQ(shim::is_vacant(dir()), true) << garbage;
    EXPECT_TRUE(shim::stop(dir(), Duration(0))) << garbage;
  }
  EXPECT_TRUE(start(sh("exec sleep 1000")).pid);
}

}  // namespace
}  // namespace slipway
