#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "drivers/traffic_world.h"
#include "support/load.h"
#include "support/wait.h"

namespace slipway::test {
namespace {

using core::Pool;
using testing::HasSubstr;

TEST(ARequestThatEndsItsInstance, TakesTwoOfFourAtMostAndTheOthersAreServed) {
  Proxy proxy;
  std::array<TinyServer, 4> servers{TinyServer("1"), TinyServer("2"), TinyServer("3"), TinyServer("4")};
  const int port = free_port();
  core::Routing now = routing(port, {&servers[0], &servers[1], &servers[2], &servers[3]});
  now.stable = Pool::a;
  proxy.apply(production, now);
  EXPECT_EQ(get(port).status, 200);
  EXPECT_NE(get(port, "/crash").status, 200);
  const auto fallen = [&] { return std::ranges::count_if(servers, &TinyServer::has_fallen_over); };
  EXPECT_EQ(fallen(), 2) << "once, and once more on another";
  // A refused connection is tried on one other server, and has both looked at: soon none is tried that is
  // gone. From then on nothing is tried again after an empty answer.
  EXPECT_TRUE(eventually(Duration{10'000}, [&] {
    get(port);
    return proxy.traffic().actual(production).servers_up_a == 2;
  }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get(port).status, 200);
  EXPECT_NE(get(port, "/crash").status, 200);
  EXPECT_EQ(fallen(), 3);
}

class AnotherProgram : public testing::Test {
 protected:
  // What it prints for -v.
  std::string refused(const std::string& prints) {
    const auto file = dir_ / "haproxy";
    std::ofstream(file) << "#!/bin/sh\necho '" << prints << "'\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    const auto opened = drivers::HaproxyTraffic::open({.dir = dir_ / "proxy", .binary = file.string()});
    if (opened) return "";
    EXPECT_EQ(opened.error().kind, ErrorKind::invalid_input);
    return opened.error().message;
  }
  ~AnotherProgram() override { std::filesystem::remove_all(dir_); }

 private:
  static std::filesystem::path folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "slipway-haproxy-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
  const std::filesystem::path dir_ = folder();
};

TEST_F(AnotherProgram, IsRefusedForHaproxyWithWhatItSaid) {
  EXPECT_THAT(
      refused("nginx version: nginx/1.22.1"),
      testing::AllOf(HasSubstr("isn't HAProxy"), HasSubstr("nginx/1.22.1"), HasSubstr("2.6 or later")));
  EXPECT_THAT(refused("HA-Proxy version 2.2.9-2 2021/02/06"),
              HasSubstr("is HAProxy 2.2; Slipway needs 2.6 or later"));
  EXPECT_EQ(refused("HAProxy version 2.8.3-1 2023/09/07"), "");
}

}  // namespace
}  // namespace slipway::test
