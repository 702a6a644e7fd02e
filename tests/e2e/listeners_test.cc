#include "e2e/gates_world.h"
#include "e2e/receiver.h"
#include "support/port.h"

// An address of users' at which HAProxy can't listen: one service's trouble, and nobody else's.
namespace slipway::e2e {
namespace {

class AnAddressThatWasTaken : public GatesWorld {
 protected:
  // HAProxy, and the shim that would start it again.
  static void end_the_proxy() {
    for (const Process& process : processes("slipway"))
      if (process.line.ends_with("/proxy")) kill(process.pid, SIGKILL);
    for (const pid_t pid : pids("haproxy")) kill(pid, SIGKILL);
    ASSERT_TRUE(eventually(Duration(10'000), [] { return pids("haproxy").empty(); }));
  }
  bool is_served(const std::string& environment) const {
    return eventually(Duration(20'000), [&] {
      const auto answer = test::get(port_of(environment), "/api/version", Duration(500));
      return answer && answer->status == 200;
    });
  }
};

TEST_F(AnAddressThatWasTaken, IsAnAlertAndIsServedOnceItCanBeWhileTheOthersAre) {
  const Receiver receiver(Receiver::Mood::takes);
  configure({.places = {{"staging"}, {"production"}},
             .notifications = {fmt::format("{{webhook: \"{}\", on: [alert]}}", receiver.url())}});
  start_daemon_for_everybody();
  bring("1.0.0", {"staging", "production"});
  kill_daemon();
  end_the_proxy();
  os::Fd taken = test::listen_once_free(port_of("staging"));
  ASSERT_TRUE(taken);
  start_daemon_for_everybody();
  EXPECT_TRUE(is_served("production"));
  const std::string address = fmt::format("127.0.0.1:{}", port_of("staging"));
  EXPECT_TRUE(eventually(Duration(20'000), [&] { return !receiver.letters().empty(); }));
  ASSERT_EQ(receiver.letters().size(), 1u);
  const Json letter = receiver.letters().front();
  EXPECT_EQ(letter["environment"], "staging");
  EXPECT_NE(letter["cause"].get<std::string>().find(address), std::string::npos) << letter.dump(2);
  EXPECT_NE(slipway({"status", "staging"}).out.find(address), std::string::npos);
  EXPECT_EQ(slipway({"status", "production"}).out.find("can't listen"), std::string::npos);
  // What else is done goes on.
  artifact("1.1.0");
  bring("1.1.0", {"production"});
  taken.reset();
  EXPECT_TRUE(is_served("staging"));
  EXPECT_TRUE(is_served("production"));
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return view("staging")["proxy"]["problem"] == ""; }))
      << view("staging")["proxy"].dump();
  EXPECT_EQ(receiver.letters().size(), 1u);
}

}  // namespace
}  // namespace slipway::e2e
