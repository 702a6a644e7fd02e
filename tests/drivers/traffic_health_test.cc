#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "drivers/probe/prober.h"
#include "drivers/traffic_world.h"
#include "support/http_server.h"
#include "support/wait.h"

// What the proxy makes of instances by checks of its own, and what it is told of them.
namespace slipway::test {
namespace {

using core::Pool;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration soon{10'000};

// An instance whose health is what the test says; it answers users in any case.
class Instance {
 public:
  Instance()
      : server_([this](const ServerRequest& request) {
          if (request.path != "/health")
            return ServerAnswer{.status = 200, .body = std::to_string(server_.port())};
          const std::lock_guard lock(mutex_);
          last_ = request;
          return ServerAnswer{.status = status_};
        }) {}

  int port() const { return server_.port(); }
  void becomes(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  std::optional<ServerRequest> last() {
    const std::lock_guard lock(mutex_);
    return std::exchange(last_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  int status_ = 200;
  std::optional<ServerRequest> last_;
  HttpServer server_;
};

class HealthOfServers : public testing::Test {
 protected:
  core::Routing all_on_a() {
    core::Routing now;
    now.listen = fmt::format("127.0.0.1:{}", port);
    now.salt = "1";
    now.stable = Pool::a;
    now.a.health_path = now.b.health_path = "/health";
    now.a.health_host = now.b.health_host = "shop.example.com";
    now.a.health_interval = now.b.health_interval = Duration{100};
    now.a.panic = 50;
    for (std::size_t i = 0; i < instances.size(); ++i)
      now.a.servers.push_back({{1, static_cast<int>(i) + 1}, instances[i].port()});
    return now;
  }
  // Of `requests`, how many each instance answered; the last are those that nobody did.
  std::array<int, 5> served(int requests = 200) const {
    std::array<int, 5> counts{};
    for (int i = 0; i < requests; ++i) {
      const Answer answer = get(port);
      std::size_t which = 0;
      while (which < instances.size() && answer.body != std::to_string(instances[which].port())) ++which;
      ++counts[which];
    }
    return counts;
  }
  // The instances' words, as HAProxy has them now: "up", "down: status 400", or "unchecked".
  std::vector<std::string> words() {
    std::vector<std::string> all;
    const auto checked = proxy.traffic().checked();
    EXPECT_TRUE(checked) << checked.error().message;
    if (!checked || !checked->contains(production)) return all;
    for (const auto& server : checked->at(production))
      all.push_back(!server.up ? "unchecked" : *server.up ? "up" : "down: " + server.detail);
    return all;
  }

  const int port = free_port();
  std::array<Instance, 4> instances;
  Proxy proxy;
};

TEST_F(HealthOfServers, IsAskedForByTheProberAndTheProxyInTheSameWords) {
  const auto asked = [&] {
    std::optional<ServerRequest> request;
    EXPECT_TRUE(eventually(soon, [&] { return (request = instances[0].last()).has_value(); }));
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : request.value_or(ServerRequest{}).headers) {
      std::string lower = name;
      std::ranges::transform(lower, lower.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      headers[lower] = value;
    }
    return std::tuple(request.value_or(ServerRequest{}).method, request.value_or(ServerRequest{}).path,
                      headers);
  };
  proxy.apply(production, all_on_a());
  const auto by_the_proxy = asked();
  ASSERT_TRUE(proxy.traffic().stop());
  while (instances[0].last()) {
  }
  drivers::Prober prober([](const auto&, const auto&) { return shim::ShimStatus{.pid = ::getpid()}; },
                         [](const auto&, const auto&) {});
  prober.start();
  prober.probe({{production,
                 {{.instance = {1, 1},
                   .port = instances[0].port(),
                   .health = {.path = "/health", .host = "shop.example.com", .interval = Duration(100)}}}}});
  EXPECT_EQ(asked(), by_the_proxy);
  EXPECT_EQ(std::get<2>(by_the_proxy).at("host"), "shop.example.com");
  EXPECT_EQ(std::get<2>(by_the_proxy).at("user-agent"), "slipway");
}

TEST_F(HealthOfServers, IsKnownOnceTheProxyHasCheckedThem) {
  instances[1].becomes(400);
  core::Routing now = all_on_a();
  const core::Outcome outcome = proxy.try_apply(production, now);
  EXPECT_THAT(outcome.unchecked, testing::Contains(core::InstanceName{1, 2}));
  EXPECT_TRUE(eventually(soon, [&] {
    return words() == std::vector<std::string>{"up", "down: status 400", "up", "up"};
  })) << testing::PrintToString(words());
  // A slot that is filled anew hasn't been checked, whatever was said of the one before.
  now.a.servers.resize(3);
  proxy.apply(production, now);
  now = all_on_a();
  EXPECT_THAT(proxy.try_apply(production, now).unchecked,
              ElementsAre(core::InstanceName{1, 2}, core::InstanceName{1, 4}));
  EXPECT_TRUE(eventually(soon, [&] {
    return proxy.try_apply(production, now).unchecked == std::vector{core::InstanceName{1, 2}};
  }));
}

TEST_F(HealthOfServers, TakesThemOutOnlyWhileEnoughOfThemStay) {
  proxy.apply(production, all_on_a());
  EXPECT_TRUE(eventually(soon, [&] { return words() == std::vector<std::string>(4, "up"); }));
  instances[0].becomes(503);
  instances[1].becomes(503);
  const std::string down = "down: status 503";
  EXPECT_TRUE(eventually(soon, [&] { return words() == std::vector<std::string>{down, down, "up", "up"}; }));
  EXPECT_THAT(served(), ElementsAre(0, 0, 100, 100, 0)) << "half of them stay";
  instances[2].becomes(503);
  EXPECT_TRUE(eventually(soon, [&] { return words() == std::vector<std::string>{down, down, down, "up"}; }));
  EXPECT_THAT(served(), ElementsAre(testing::Gt(20), testing::Gt(20), testing::Gt(20), testing::Gt(20), 0));
  // What all of them depend on hangs: nobody leaves.
  instances[3].becomes(503);
  EXPECT_TRUE(eventually(soon, [&] { return words() == std::vector<std::string>(4, down); }));
  EXPECT_THAT(served(), ElementsAre(testing::Gt(20), testing::Gt(20), testing::Gt(20), testing::Gt(20), 0));
  for (Instance& instance : instances) instance.becomes(200);
  EXPECT_TRUE(eventually(soon, [&] { return words() == std::vector<std::string>(4, "up"); }));
  EXPECT_THAT(served(), ElementsAre(50, 50, 50, 50, 0));
}

TEST_F(HealthOfServers, AsTheyTellItThemselvesIsKeptByTheProxyWhateverBecomesOfIt) {
  core::Routing now = all_on_a();
  proxy.apply(production, now);
  now.a.servers[1].refused = true;
  EXPECT_FALSE(proxy.seen(production, now));
  const int worker = proxy.worker();
  proxy.apply(production, now);
  EXPECT_EQ(proxy.worker(), worker) << "it took a reload";
  EXPECT_TRUE(proxy.seen(production, now));
  EXPECT_EQ(served()[1], 0);
  // One that comes back by itself has it from its files.
  ::kill(proxy.worker(), SIGKILL);
  EXPECT_TRUE(eventually(soon, [&] { return proxy.worker() != 0 && proxy.worker() != worker; }));
  EXPECT_TRUE(eventually(soon, [&] { return get(port).status == 200; }));
  EXPECT_EQ(served()[1], 0);
  for (core::Server& server : now.a.servers) server.refused = true;
  proxy.apply(production, now);
  EXPECT_THAT(served(), ElementsAre(testing::Gt(20), testing::Gt(20), testing::Gt(20), testing::Gt(20), 0));
  proxy.apply(production, all_on_a());
  EXPECT_THAT(served(), ElementsAre(50, 50, 50, 50, 0));
}

TEST_F(HealthOfServers, OfARoutingOfBeforeIsAskedForAsItWas) {
  core::Routing now = all_on_a();
  now.a.health_host.clear();
  proxy.apply(production, now);
  std::optional<ServerRequest> request;
  ASSERT_TRUE(eventually(soon, [&] { return (request = instances[0].last()).has_value(); }));
  EXPECT_EQ(request->headers.at("host"), "localhost");
  EXPECT_FALSE(request->headers.contains("user-agent"));
}

}  // namespace
}  // namespace slipway::test
