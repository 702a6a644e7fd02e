#include "base/json.h"
#include "os/unix_socket.h"
#include "shim/folder.h"
#include "shim_world.h"

namespace slipway {
namespace {

class ShimProtocol : public ShimWorld {
 protected:
  os::Fd connect() const {
    auto connection = os::connect_unix(dir() / "shim.sock");
    EXPECT_TRUE(connection);
    return connection ? *std::move(connection) : os::Fd();
  }
  static Json say(const os::Fd& connection, const std::string& line) {
    std::string buffer;
    EXPECT_TRUE(os::send_all(connection.get(), line + "\n", soon));
    const auto answer = os::receive_line(connection.get(), buffer, soon);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *parse_json(*answer) : Json::object();
  }
};

TEST_F(ShimProtocol, PassesASignalToTheProgramAlone) {
  start(sh("trap 'echo caught' USR1; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(prints("ready"));
  EXPECT_TRUE(shim::signal(dir(), SIGUSR1));
  EXPECT_TRUE(prints("caught"));
  EXPECT_EQ(shim::signal(dir(), 4711).error().kind, ErrorKind::invalid_input);
}

TEST_F(ShimProtocol, HasNobodyToSignalBetweenTwoRuns) {
  auto spec = sh("exit 1");
  spec.backoff = Duration(60'000);
  start(spec);
  ASSERT_TRUE(prints("next start"));
  EXPECT_EQ(shim::signal(dir(), SIGUSR1).error().kind, ErrorKind::refused);
}

TEST_F(ShimProtocol, AnswersANewerDaemonWithItsOwnVersion) {
  const auto started = start(sh("exec sleep 1000"));
  const os::Fd connection = connect();
  const Json answer = say(connection, R"({"v":99,"do":"status","new":{"field":[1]}})");
  EXPECT_EQ(answer.at("v"), shim::protocol);
  EXPECT_EQ(answer.at("ok"), true);
  EXPECT_EQ(answer.at("pid"), *started.pid);
  EXPECT_EQ(say(connection, R"({"v":1,"do":"status"})").at("pid"), *started.pid);  // and again
}

TEST_F(ShimProtocol, AnswersWhatItDoesNotUnderstandWithAnErrorAndCloses) {
  start(sh("exec sleep 1000"));
  for (const char* line :
       {"nonsense", "[1]", "7", "{}", R"({"v":2,"do":"dance"})", R"({"v":1,"do":7})",
        R"({"v":1,"do":"signal","number":"nine"})", R"({"v":1,"do":"stop","drain_ms":[]})", "\xff\xfe", ""}) {
    const os::Fd connection = connect();
    const Json answer = say(connection, line);
    EXPECT_EQ(answer.at("ok"), false) << line;
    EXPECT_EQ(answer.at("error").at("kind"), "invalid_input") << line;
    EXPECT_TRUE(os::await_close(connection.get(), soon)) << line;
  }
  EXPECT_TRUE(status().pid);
}

TEST_F(ShimProtocol, ClosesOnARequestWithoutAnEnd) {
  start(sh("exec sleep 1000"));
  const os::Fd connection = connect();
  static_cast<void>(os::send_all(connection.get(), std::string(200'000, 'x'), soon));
  EXPECT_TRUE(os::await_close(connection.get(), soon));
  EXPECT_TRUE(status().pid);
}

TEST_F(ShimProtocol, IsNotHeldUpByClientsThatSayNothing) {
  const auto started = start(sh("exec sleep 1000"));
  std::vector<os::Fd> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connect());
  EXPECT_EQ(status().pid, started.pid);
}

TEST_F(ShimProtocol, IsForItsOwnUserAlone) {
  start(sh("exec sleep 1000"));
  EXPECT_EQ(std::filesystem::status(dir() / "shim.sock").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// Recorded from protocol 1: every later version must read these.
TEST(ShimAnswers, OfProtocol1AreRead) {
  const auto running = shim::read_answer(
      R"({"last_exit":{"at":1795433168028,"signal":9,"status":null},"ok":true,"pid":12526,"restarts":1,)"
      R"("shim_pid":12525,"started":1795433167680,"stopping":false,"v":1})");
  ASSERT_TRUE(running);
  EXPECT_EQ(running->pid, 12526);
  EXPECT_EQ(running->restarts, 1);
  EXPECT_EQ(running->last_exit->signal, 9);
  EXPECT_FALSE(running->last_exit->status);

  const auto waiting = shim::read_answer(R"({"ok":true,"pid":null,"shim_pid":12525,"v":1})");
  ASSERT_TRUE(waiting);
  EXPECT_FALSE(waiting->pid);

  const auto refused = shim::read_answer(R"({"error":{"kind":"refused","message":"no"},"ok":false,"v":1})");
  EXPECT_EQ(refused.error(), (Error{ErrorKind::refused, "no"}));
  EXPECT_EQ(shim::read_answer("[]").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(shim::read_answer("garbage").error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace slipway
