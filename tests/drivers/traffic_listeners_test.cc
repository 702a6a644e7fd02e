#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <csignal>
#include <cstring>

#include "drivers/traffic/listener.h"
#include "drivers/traffic_world.h"
#include "support/port.h"
#include "support/wait.h"

namespace slipway::test {
namespace {

constexpr const char* virtual_address = "10.78.65.43";

// A network of the thread's own, and of the processes that it starts, in which addresses come and go. False
// where this user may not have one.
bool enter_a_network_of_our_own() {
  return ::unshare(CLONE_NEWNET) == 0;
}

sockaddr_in at(const char* address, int port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, address, &where.sin_addr);
  return where;
}

ifreq interface(const char* name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return request;
}

void set_up(const char* name, bool up) {
  const os::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = interface(name);
  request.ifr_flags = up ? IFF_UP | IFF_RUNNING : 0;
  ASSERT_EQ(::ioctl(socket.get(), SIOCSIFFLAGS, &request), 0) << name << ": " << std::strerror(errno);
}

// An alias of the loopback interface: it goes when it is set down.
void give_virtual_address() {
  const os::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = interface("lo:1");
  const sockaddr_in address = at(virtual_address, 0);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  ASSERT_EQ(::ioctl(socket.get(), SIOCSIFADDR, &request), 0) << std::strerror(errno);
}

void take_virtual_address() {
  set_up("lo:1", false);
}

core::Routing routing_at(const std::string& listen, const TinyServer& server) {
  core::Routing routed = routing(1, {&server});
  routed.listen = listen;
  routed.stable = core::Pool::a;
  return routed;
}

bool answers_at(const char* address, int port) {
  const os::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in where = at(address, port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
}

// As the daemon does each second.
bool tended_until(Proxy& proxy, const std::function<bool()>& holds) {
  return eventually(Duration{15'000}, [&] {
    static_cast<void>(proxy.traffic().tend());
    return holds();
  });
}

class AListener : public testing::Test {
 protected:
  void serve_two(const std::string& first, const std::string& second) {
    proxy.apply(production, routing_at(first, server));
    proxy.apply(staging, routing_at(second, server));
  }
  std::set<std::string> missing() {
    std::set<std::string> all;
    for (const auto& [target, addresses] : proxy.traffic().missing_listeners())
      all.insert(addresses.begin(), addresses.end());
    return all;
  }
  Proxy proxy;
  TinyServer server{"a"};
};

TEST_F(AListener, ThatAnotherProgramTookKeepsNoOtherFromBeingServed) {
  const int first = free_port();
  const int second = free_port();
  const std::string taken = fmt::format("127.0.0.1:{}", second);
  serve_two(fmt::format("127.0.0.1:{}", first), taken);
  ASSERT_TRUE(proxy.traffic().stop());
  os::Fd other = listen_once_free(second);
  ASSERT_TRUE(other);
  EXPECT_TRUE(tended_until(proxy, [&] { return get(first).status == 200; }));
  EXPECT_TRUE(tended_until(proxy, [&] { return missing() == std::set{taken}; }));
  EXPECT_NE(proxy.traffic().actual(staging).problem.find(taken), std::string::npos);
  EXPECT_EQ(proxy.traffic().actual(production).problem, "");
  other.reset();
  EXPECT_TRUE(tended_until(proxy, [&] { return get(second).status == 200 && missing().empty(); }));
  EXPECT_EQ(get(first).status, 200);
  EXPECT_EQ(proxy.traffic().actual(staging).problem, "");
}

TEST(AListenersAddress, GoesAndComesBackWhileTheOthersAreServed) {
  std::thread([] {
    if (!enter_a_network_of_our_own()) GTEST_SKIP() << "only root may make a network";
    set_up("lo", true);
    give_virtual_address();
    Proxy proxy;
    TinyServer server("a");
    const int first = free_port();
    const int second = free_port();
    const std::string vip = fmt::format("{}:{}", virtual_address, second);
    proxy.apply(production, routing_at(fmt::format("127.0.0.1:{}", first), server));
    proxy.apply(staging, routing_at(vip, server));
    ASSERT_TRUE(answers_at(virtual_address, second));
    ASSERT_TRUE(proxy.traffic().tend());
    EXPECT_TRUE(proxy.traffic().missing_listeners().empty());

    // It goes: HAProxy comes back without it when it ends, by itself too.
    take_virtual_address();
    ASSERT_TRUE(proxy.traffic().tend());
    EXPECT_EQ(proxy.traffic().missing_listeners(), (std::map{std::pair{staging, std::set{vip}}}));
    const int killed = proxy.master();
    ::kill(killed, SIGKILL);
    EXPECT_TRUE(eventually(Duration{15'000}, [&] { return get(first).status == 200; })) << "nobody tends it";
    ASSERT_TRUE(proxy.traffic().tend());
    EXPECT_EQ(proxy.traffic().missing_listeners(), (std::map{std::pair{staging, std::set{vip}}}));
    // What else is deployed meanwhile is served.
    const int third = free_port();
    const core::Target later{"shop", "later"};
    proxy.apply(later, routing_at(fmt::format("127.0.0.1:{}", third), server));
    EXPECT_EQ(get(third).status, 200);
    EXPECT_EQ(get(first).status, 200);

    give_virtual_address();
    EXPECT_TRUE(tended_until(proxy, [&] { return answers_at(virtual_address, second); }));
    EXPECT_TRUE(tended_until(proxy, [&] { return proxy.traffic().missing_listeners().empty(); }));
    EXPECT_EQ(get(third).status, 200);
  }).join();
}

}  // namespace
}  // namespace slipway::test
