#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "base/json.h"
#include "drivers/engine/process_engine.h"
#include "os/file.h"
#include "os/process.h"
#include "soon.h"
#include "support/temp_dir.h"
#include "support/wait.h"

namespace slipway {
namespace {

using core::Outcome;
using drivers::ArtifactStore;
using drivers::ProcessEngine;

const core::Target target{"shop", "production"};

// An engine on an empty folder, with one artifact in its store; every shim ends with the test.
class Engine : public ::testing::Test {
 protected:
  Engine() {
    // Whom an instance runs as must be able to reach its artifact.
    std::filesystem::permissions(temp_.path(), std::filesystem::perms(0755));
    auto store = ArtifactStore::open(temp_ / "artifacts");
    EXPECT_TRUE(store) << store.error().message;
    store_ = std::make_unique<ArtifactStore>(*std::move(store));
    std::filesystem::permissions(temp_ / "artifacts", std::filesystem::perms(0755));
    EXPECT_TRUE(os::make_dirs(store_->path(digest_), 0755));
    settings_.dir = temp_ / "instances";
  }
  ~Engine() override {
    ProcessEngine engine(settings_, *store_);
    for (const auto& name : engine.known(target)) stop(engine, name, Duration(0));
  }

  // A script that ends in `exec sleep 1000` is a server that runs until it is ended: nobody waits for it.
  void put(const std::string& name, const std::string& script, mode_t mode = 0755) {
    ASSERT_TRUE(os::write_atomically(store_->path(digest_) / name, "#!/bin/sh\n" + script + "\n", mode));
  }

  core::StartInstance instance(int deployment, int ordinal = 1) const {
    core::StartInstance start;
    start.instance = {deployment, ordinal};
    start.release = {12, "1.4.0", digest_};
    start.command = {"./server"};
    start.drain = Duration(1000);
    return start;
  }
  static core::Effect effect(core::EffectBody body) { return {{target, 41, 0}, std::move(body)}; }
  static Outcome stop(ProcessEngine& engine, core::InstanceName name, Duration drain) {
    core::StopInstance stop;
    stop.instance = name;
    stop.drain = drain;
    return engine.perform(effect(stop));
  }

  std::string output(ProcessEngine& engine, core::InstanceName name) {
    return os::read_file(engine.log(target, name)).value_or("");
  }
  bool prints(ProcessEngine& engine, core::InstanceName name, const std::string& text) {
    return eventually(soon, [&] { return output(engine, name).find(text) != std::string::npos; });
  }

  TempDir temp_;
  const std::string digest_ = std::string(64, 'd');
  std::unique_ptr<ArtifactStore> store_;
  ProcessEngine::Settings settings_;
};

TEST_F(Engine, StartsAnInstanceInItsArtifactWithItsVariables) {
  put("server", "pwd; env | sort | sed 's/^/has /'; exec sleep 1000");
  ProcessEngine engine(settings_, *store_);
  auto start = instance(7, 2);
  start.env = {{"GREETING", "hello from ${SLIPWAY_INSTANCE} on ${PORT}"}, {"PORT", "80"}};
  const Outcome outcome = engine.perform(effect(start));
  ASSERT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  EXPECT_GE(outcome.port, 20'000);
  EXPECT_LE(outcome.port, 32'000);
  ASSERT_TRUE(prints(engine, {7, 2}, "SLIPWAY_VERSION"));
  const std::string log = output(engine, {7, 2});
  for (const std::string& line :
       {" out " + store_->path(digest_).string(), fmt::format("has PORT={}", outcome.port),
        fmt::format("has GREETING=hello from 7-2 on {}", outcome.port),
        std::string("has SLIPWAY_SERVICE=shop"), std::string("has SLIPWAY_ENVIRONMENT=production"),
        std::string("has SLIPWAY_REVISION=12"), std::string("has SLIPWAY_VERSION=1.4.0"),
        std::string("has SLIPWAY_INSTANCE=7-2"), std::string("has PATH=/usr/local/sbin:"),
        std::string("has HOME=/")})
    EXPECT_NE(log.find(line), std::string::npos) << line << "\n" << log;
}

TEST_F(Engine, DoesNotStartAnInstanceTwice) {
  put("server", "exec sleep 1000");
  ProcessEngine engine(settings_, *store_);
  EXPECT_FALSE(engine.observe(effect(instance(7))));
  const Outcome first = engine.perform(effect(instance(7)));
  const auto pid = engine.status(target, {7, 1})->pid;
  EXPECT_EQ(engine.perform(effect(instance(7))), first);
  EXPECT_EQ(engine.observe(effect(instance(7))), first);
  EXPECT_EQ(engine.status(target, {7, 1})->pid, pid);
}

TEST_F(Engine, FindsItsInstancesAgainInAnotherProcess) {
  put("server", "exec sleep 1000");
  const pid_t earlier = ::fork();
  if (earlier == 0) {  // the daemon that was here before
    ProcessEngine engine(settings_, *store_);
    ::_exit(engine.perform(effect(instance(7))).status == Outcome::Status::done ? 0 : 1);
  }
  int how = 1;
  ::waitpid(earlier, &how, 0);
  ASSERT_EQ(how, 0);
  ProcessEngine engine(settings_, *store_);
  const auto seen = engine.observe(effect(instance(7)));
  ASSERT_TRUE(seen);
  EXPECT_EQ(engine.perform(effect(instance(7))).port, seen->port);
  EXPECT_EQ(engine.known(target), (std::vector<core::InstanceName>{{7, 1}}));
  EXPECT_EQ(stop(engine, {7, 1}, Duration(1000)), Outcome{});
  EXPECT_EQ(engine.status(target, {7, 1}).error().kind, ErrorKind::not_found);
}

TEST_F(Engine, StopsAnInstanceAndKeepsItsLog) {
  put("server", "echo started; exec sleep 1000");
  ProcessEngine engine(settings_, *store_);
  core::StopInstance order;
  order.instance = {7, 1};
  EXPECT_EQ(engine.observe(effect(order)), Outcome{});  // there is none
  EXPECT_EQ(engine.perform(effect(order)), Outcome{});
  engine.perform(effect(instance(7)));
  ASSERT_TRUE(prints(engine, {7, 1}, "started"));
  EXPECT_FALSE(engine.observe(effect(order)));
  EXPECT_EQ(stop(engine, {7, 1}, Duration(1000)), Outcome{});
  EXPECT_EQ(engine.observe(effect(order)), Outcome{});
  EXPECT_TRUE(prints(engine, {7, 1}, "started"));
}

TEST_F(Engine, GivesAnInstanceItsPortAgainUnlessSomebodyTookIt) {
  put("server", "exec sleep 1000");
  ProcessEngine engine(settings_, *store_);
  const int port = engine.perform(effect(instance(7))).port;
  stop(engine, {7, 1}, Duration(0));
  EXPECT_EQ(engine.perform(effect(instance(7))).port, port);
  stop(engine, {7, 1}, Duration(0));

  const os::Fd intruder(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  ASSERT_EQ(::bind(intruder.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(intruder.get(), 1), 0);
  const Outcome elsewhere = engine.perform(effect(instance(7)));
  EXPECT_EQ(elsewhere.status, Outcome::Status::done);
  EXPECT_NE(elsewhere.port, port);
}

TEST_F(Engine, GivesEveryInstanceAPortOfItsOwnAndSaysWhenThereIsNone) {
  put("server", "exec sleep 1000");  // never listens: a bind alone wouldn't tell that its port is taken
  settings_.port_from = 23'400;
  settings_.port_to = 23'403;
  ProcessEngine engine(settings_, *store_);
  std::vector<Outcome> outcomes(6);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i)
      threads.emplace_back(
          [&, i] { outcomes[static_cast<std::size_t>(i)] = engine.perform(effect(instance(7, i + 1))); });
  }
  std::set<int> ports;
  for (const Outcome& outcome : outcomes) {
    if (outcome.status == Outcome::Status::done)
      ports.insert(outcome.port);
    else
      EXPECT_EQ(outcome.message,
                "no port from 23400 to 23403 is free; stop something, or give instances a wider range");
  }
  EXPECT_EQ(ports.size(), 4U);
}

TEST_F(Engine, GivesAnInstanceItsPortAgainThoughItsKilledShimLeftAProcessOnIt) {
  put("server", "sh -c 'echo child $$; exec sleep 1000' & wait");
  ProcessEngine engine(settings_, *store_);
  const int port = engine.perform(effect(instance(7))).port;
  const auto seen = engine.status(target, {7, 1});
  ASSERT_TRUE(seen && seen->pid);
  ASSERT_TRUE(prints(engine, {7, 1}, " out child "));
  const std::string log = output(engine, {7, 1});
  const pid_t child = std::stoi(log.substr(log.find(" out child ") + 11));
  const auto child_lives = [&] { return os::identify(child).has_value(); };
  ASSERT_TRUE(child_lives());
  ::kill(seen->shim_pid, SIGKILL);
  ASSERT_TRUE(eventually(soon, [&] { return !os::identify(*seen->pid) && !engine.status(target, {7, 1}); }));

  core::StopInstance order;
  order.instance = {7, 1};
  EXPECT_TRUE(child_lives());
  EXPECT_FALSE(engine.observe(effect(order)));  // something of it lives
  EXPECT_FALSE(engine.observe(effect(instance(7))));
  const Outcome again = engine.perform(effect(instance(7)));
  EXPECT_EQ(again.status, Outcome::Status::done) << again.message;
  EXPECT_EQ(again.port, port);
  EXPECT_FALSE(child_lives());
}

TEST_F(Engine, StopsWhatAKilledShimLeftBehind) {
  put("server", "sh -c 'echo child $$; exec sleep 1000' & wait");
  ProcessEngine engine(settings_, *store_);
  engine.perform(effect(instance(7)));
  const auto seen = engine.status(target, {7, 1});
  ASSERT_TRUE(seen && seen->pid);
  ASSERT_TRUE(prints(engine, {7, 1}, " out child "));
  const std::string log = output(engine, {7, 1});
  const pid_t child = std::stoi(log.substr(log.find(" out child ") + 11));
  ::kill(seen->shim_pid, SIGKILL);
  ASSERT_TRUE(eventually(soon, [&] { return !engine.status(target, {7, 1}); }));
  EXPECT_TRUE(os::identify(child));
  EXPECT_EQ(stop(engine, {7, 1}, Duration(1000)), Outcome{});
  EXPECT_FALSE(os::identify(child));
}

// Deployment numbers come again where an older journal was put back.
TEST_F(Engine, ReplacesAnInstanceThatOnlyHasTheNameOfTheOneWanted) {
  put("server", "exec sleep 1000");
  ProcessEngine engine(settings_, *store_);
  const core::StartInstance first = instance(7);
  ASSERT_EQ(engine.perform(effect(first)).status, Outcome::Status::done);

  std::vector<core::StartInstance> wanted(5, first);
  wanted[0].release.version = "1.5.0";
  wanted[1].command = {"./server", "--verbose"};
  wanted[2].env = {{"COLOUR", "blue"}};
  ::setenv("SLIPWAY_TEST_COLOUR", "blue", 1);
  wanted[3].env = {
      {"COLOUR", core::SecretRef{core::SecretRef::Source::environment, "SLIPWAY_TEST_COLOUR", {}}}};
  wanted[4].env = {{"COLOUR", core::SecretRef{core::SecretRef::Source::command, "", {"/bin/echo", "blue"}}}};
  for (const core::StartInstance& start : wanted) {
    const auto before = engine.status(target, {7, 1});
    ASSERT_TRUE(before && before->pid);
    EXPECT_FALSE(engine.observe(effect(start)));
    const Outcome outcome = engine.perform(effect(start));
    ASSERT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
    EXPECT_FALSE(os::identify(*before->pid));
    EXPECT_EQ(engine.observe(effect(start)), outcome);
    core::StartInstance later = start;
    later.drain = Duration(5000);  // how it is to be stopped doesn't say what it is
    EXPECT_EQ(engine.observe(effect(later)), outcome);
  }
  ::unsetenv("SLIPWAY_TEST_COLOUR");
}

TEST_F(Engine, KeepsAnInstanceWhoseRecordAnEarlierBuildWrote) {
  put("server", "exec sleep 1000");
  ProcessEngine engine(settings_, *store_);
  const Outcome outcome = engine.perform(effect(instance(7)));
  const auto path = settings_.dir / "shop/production/7-1/instance.json";
  auto record = parse_json(os::read_file(path).value_or(""));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->erase("command") + record->erase("env"), 2U);
  ASSERT_TRUE(os::write_atomically(path, record->dump()));
  const auto pid = engine.status(target, {7, 1})->pid;
  EXPECT_EQ(engine.perform(effect(instance(7))), outcome);
  EXPECT_EQ(engine.status(target, {7, 1})->pid, pid);
}

TEST_F(Engine, GivesPortsOfOtherInstancesAwayOnlyWhenNoneElseIsLeft) {
  put("server", "exec sleep 1000");
  settings_.port_from = 23'410;
  settings_.port_to = 23'412;
  ProcessEngine engine(settings_, *store_);
  const int first = engine.perform(effect(instance(7))).port;
  stop(engine, {7, 1}, Duration(0));  // between two starts
  const int second = engine.perform(effect(instance(8))).port;
  const int third = engine.perform(effect(instance(9))).port;
  EXPECT_EQ((std::set<int>{first, second, third}), (std::set<int>{23'410, 23'411, 23'412}));
  EXPECT_EQ(engine.perform(effect(instance(10))).port, first);
}

TEST_F(Engine, SaysWhatIsWrongWithAnInstanceThatCannotStart) {
  put("server", "exec sleep 1000");
  put("text", "exec sleep 1000", 0644);
  ASSERT_TRUE(os::write_atomically(store_->path(digest_) / "garbage", "#!/no/such/interpreter\n", 0755));
  ProcessEngine engine(settings_, *store_);
  const auto message = [&](const core::StartInstance& start) {
    const Outcome outcome = engine.perform(effect(start));
    EXPECT_EQ(outcome.status, Outcome::Status::failed) << outcome.message;
    EXPECT_FALSE(engine.observe(effect(start)));
    return outcome.message;
  };
  auto start = instance(7);
  start.command = {"./nope"};
  EXPECT_EQ(message(start), "the command ./nope isn't in the artifact; see that the build puts it there");
  start.command = {"./text"};
  EXPECT_EQ(message(start),
            "the command ./text is in the artifact, but isn't executable; chmod +x it before you deploy");
  start.command = {"./garbage"};
  EXPECT_EQ(message(start),
            fmt::format("cannot run {}/garbage: No such file or directory", store_->path(digest_).string()));
  start = instance(7);
  start.env = {{"KEY", core::SecretRef{core::SecretRef::Source::environment, "SLIPWAY_TEST_NOT_SET", {}}}};
  EXPECT_EQ(message(start),
            "the secret KEY: the daemon's environment has no variable SLIPWAY_TEST_NOT_SET; set it and "
            "restart the daemon");
  start = instance(7);
  start.env = {{"A", std::string("a\0b", 3)}};
  EXPECT_EQ(message(start), "the variable \"A\" of env can't be given to a program");
  start = instance(7);
  start.release.digest = std::string(64, 'e');
  EXPECT_NE(message(start).find("isn't in store any more; deploy it again"), std::string::npos);
}

TEST_F(Engine, SaysThatItsUserIsUnknown) {
  put("server", "exec sleep 1000");
  settings_.user = "no-such-user";
  ProcessEngine engine(settings_, *store_);
  const Outcome outcome = engine.perform(effect(instance(7)));
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_NE(outcome.message.find("no-such-user"), std::string::npos);
}

TEST_F(Engine, RunsInstancesAsItsUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  put("server", "id -un; pwd; exec sleep 1000");
  settings_.user = "nobody";
  ProcessEngine engine(settings_, *store_);
  const Outcome outcome = engine.perform(effect(instance(7)));
  ASSERT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  EXPECT_TRUE(prints(engine, {7, 1}, " out nobody\n")) << output(engine, {7, 1});
  EXPECT_TRUE(prints(engine, {7, 1}, store_->path(digest_)));
}

TEST_F(Engine, WritesASecretNowhere) {
  put("server", "echo length ${#KEY}; exec sleep 1000");
  ::setenv("SLIPWAY_TEST_SECRET", "correct-horse-battery", 1);
  ProcessEngine engine(settings_, *store_);
  auto start = instance(7);
  start.env = {{"KEY", core::SecretRef{core::SecretRef::Source::environment, "SLIPWAY_TEST_SECRET", {}}}};
  engine.perform(effect(start));
  ::unsetenv("SLIPWAY_TEST_SECRET");
  ASSERT_TRUE(prints(engine, {7, 1}, "length 21"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(settings_.dir)) {
    const std::string content = entry.is_regular_file() ? os::read_file(entry.path()).value_or("") : "";
    EXPECT_EQ(content.find("correct-horse"), std::string::npos) << entry.path();
  }
}

TEST_F(Engine, FreezesThePortBeforeTheInstanceRuns) {
  put("server", "exec sleep 1000");
  settings_.shim_program = "/no/such/slipway";
  ProcessEngine engine(settings_, *store_);
  const Outcome outcome = engine.perform(effect(instance(7)));
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  const auto record = os::read_file(settings_.dir / "shop/production/7-1/instance.json");
  ASSERT_TRUE(record);
  const int frozen = parse_json(*record)->at("port");
  settings_.shim_program = "/proc/self/exe";
  ProcessEngine mended(settings_, *store_);
  EXPECT_EQ(mended.perform(effect(instance(7))).port, frozen);
}

TEST_F(Engine, RemovesTheFoldersOfOldDeploymentsButNoneThatRuns) {
  put("server", "exec sleep 1000");
  ProcessEngine engine(settings_, *store_);
  for (const int deployment : {3, 4, 5, 10}) {
    engine.perform(effect(instance(deployment)));
    if (deployment != 3) stop(engine, {deployment, 1}, Duration(0));
  }
  ASSERT_TRUE(os::make_dirs(settings_.dir / "shop/production/notes"));  // not one of ours
  EXPECT_TRUE(engine.prune(target, 2, {}));
  EXPECT_EQ(engine.known(target), (std::vector<core::InstanceName>{{3, 1}, {5, 1}, {10, 1}}));
  EXPECT_TRUE(std::filesystem::exists(settings_.dir / "shop/production/notes"));
  EXPECT_TRUE(engine.prune({"other", "staging"}, 2, {}));
  EXPECT_TRUE(engine.known({"other", "staging"}).empty());
}

}  // namespace
}  // namespace slipway
