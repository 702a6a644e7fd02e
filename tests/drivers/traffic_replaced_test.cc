#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/traffic/haproxy_config.h"
#include "traffic_world.h"

// Users who are still connected to a worker that a reload has replaced. It waits for their next request, so
// that no connection closes in the moment that one arrives.
namespace slipway::test {
namespace {

using core::Pool;
using testing::HasSubstr;
using testing::Not;

class ReplacedWorker : public testing::Test {
 protected:
  // A user has been answered, and another target's reload came then.
  void SetUp() override {
    now_.stable = Pool::a;
    proxy_.apply(production, now_);
    user_ = std::make_unique<Client>(port_, "127.0.0.2");
    EXPECT_THAT(ask(), HasSubstr("x-version: a"));
    replace_worker();
  }
  void replace_worker() {
    core::Routing other = routing(free_port(), {&a_});
    other.stable = Pool::a;
    const int replaced = proxy_.worker();
    proxy_.apply({"shop", fmt::format("other-{}", ++others_)}, other);
    ASSERT_NE(proxy_.worker(), replaced);
  }
  std::string ask(const std::string& headers = "") {
    user_->send("GET / HTTP/1.1\r\nHost: shop\r\n" + headers + "\r\n");
    return user_->receive("\r\n\r\n");
  }

  Proxy proxy_;
  TinyServer a_{"a"}, b_{"b"};
  int port_ = free_port();
  core::Routing now_ = routing(port_, {&a_});
  std::unique_ptr<Client> user_;
  int others_ = 0;
};

TEST_F(ReplacedWorker, HasItsUsersMeetAReleaseThatItNeverKnew) {
  now_ = routing(port_, {}, {&b_});
  now_.stable = Pool::b;
  proxy_.apply(production, now_);
  a_.kill();
  EXPECT_THAT(ask(), HasSubstr("x-version: b"));
}

TEST_F(ReplacedWorker, HasItsUsersMeetACanaryThatItNeverKnew) {
  proxy_.apply(production, with_canary(routing(port_, {&a_}, {&b_}), 100));
  EXPECT_THAT(ask("X-Slipway-Onward: guess\r\nX-Slipway-From: 192.0.2.1\r\n"), HasSubstr("x-version: b"));
  const std::string asked = b_.last_request();
  EXPECT_THAT(asked, HasSubstr("x-forwarded-for: 127.0.0.2")) << "the user's own address";
  EXPECT_THAT(asked, Not(HasSubstr("x-forwarded-for: 127.0.0.1")));
  EXPECT_THAT(asked, Not(HasSubstr("x-slipway"))) << "the token is nobody else's to know";
}

TEST_F(ReplacedWorker, LeavesAPreviewAPreview) {
  now_ = routing(port_, {&a_}, {&b_});
  now_.stable = Pool::a;
  now_.previewed = Pool::b;
  now_.preview = fmt::format("127.0.0.1:{}", free_port());
  proxy_.apply(production, now_);
  user_ = std::make_unique<Client>(drivers::haproxy::parse_listen(now_.preview)->port);
  EXPECT_THAT(ask(), HasSubstr("x-version: b"));
  replace_worker();
  EXPECT_THAT(ask(), HasSubstr("x-version: b"));
}

TEST(AForgedAddress, IsNotTaken) {
  Proxy proxy;
  TinyServer a("a");
  const int port = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  get(port, "/", "127.0.0.1", "X-Slipway-Onward: guess\r\nX-Slipway-From: 192.0.2.1\r\n");
  EXPECT_THAT(a.last_request(), HasSubstr("x-forwarded-for: 127.0.0.1"));
}

}  // namespace
}  // namespace slipway::test
