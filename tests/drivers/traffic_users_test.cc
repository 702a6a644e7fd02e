#include <gtest/gtest.h>

#include "support/binomial.h"
#include "traffic_world.h"

// Who meets the canary, with a real HAProxy.
namespace slipway::test {
namespace {

using core::Pool;
using core::Target;

constexpr int users = 1000;

// Asks on one connection for each user by their cookie; who met `name`.
std::vector<bool> met(int port, const std::string& name) {
  std::vector<bool> result;
  Client client(port);
  for (int user = 0; user < users; ++user) {
    client.send("GET / HTTP/1.1\r\nHost: shop\r\nCookie: own=1; shop_user=user-" + std::to_string(user) +
                "; other=2\r\n\r\n");
    const std::string answer = client.receive("\r\n\r\n");
    result.push_back(answer.find("x-version: " + name) != std::string::npos);
  }
  return result;
}

int count(const std::vector<bool>& of) {
  return static_cast<int>(std::count(of.begin(), of.end(), true));
}

bool plausible_share(int seen, double share) {
  return test::plausible(seen, users, share);
}

TEST(HaproxyUsers, MeetTheCanaryInTheRightSharesAndNeverGoBackWhileWeightsRise) {
  ASSERT_TRUE(plausible_share(50, 0.05));
  ASSERT_FALSE(plausible_share(15, 0.05)) << "the bounds would let too much pass";
  ASSERT_FALSE(plausible_share(100, 0.05));
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 5);
  now.sticky.cookie = "shop_user";
  std::map<std::string, std::vector<bool>> first;
  for (const std::string salt : {"shop/production#7", "shop/production#8"}) {
    now.salt = salt;
    std::vector<bool> before(users, false);
    for (const int weight : {5, 25, 50}) {
      now.weight = weight;
      proxy.apply(production, now);
      const std::vector<bool> on_canary = met(port, "b");
      EXPECT_TRUE(plausible_share(count(on_canary), weight / 100.0)) << count(on_canary) << " at " << weight;
      int back = 0;
      for (std::size_t user = 0; user < users; ++user) back += before[user] && !on_canary[user] ? 1 : 0;
      EXPECT_EQ(back, 0) << "users went back to stable at " << weight;
      EXPECT_EQ(met(port, "b"), on_canary) << "the same users again";
      if (weight == 5) first[salt] = on_canary;
      before = on_canary;
    }
  }
  int both = 0;
  for (std::size_t user = 0; user < users; ++user) {
    both += first["shop/production#7"][user] && first["shop/production#8"][user] ? 1 : 0;
  }
  EXPECT_TRUE(plausible_share(both, 0.05 * 0.05)) << both << " users were among the first twice";
}

// Which of 60 values of the header line, with {} for its number, meet the canary.
std::string pattern(int port, const std::string& line) {
  std::string result;
  for (int i = 0; i < 60; ++i) {
    std::string header = line + "\r\n";
    header.replace(header.find("{}"), 2, std::to_string(i));
    result += get(port, "/", "127.0.0.1", header).body;
  }
  return result;
}

TEST(HaproxyUsers, AreKnownByTheHeaderThatIsConfiguredWhateverItsNameHolds) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 50);
  now.sticky.header = "x-user";
  proxy.apply(production, now);
  const std::string by_header = pattern(port, "X-User: {}, of many");
  EXPECT_NE(by_header.find('a'), std::string::npos);
  EXPECT_NE(by_header.find('b'), std::string::npos);
  EXPECT_EQ(pattern(port, "Cookie: slipway_user=x{}\r\nX-User: {}, of many").size(), 60U);
  // Where it isn't there, or is empty, the proxy's cookie says who it is.
  const std::string by_cookie = pattern(port, "Cookie: slipway_user={}");
  EXPECT_NE(by_cookie.find('a'), std::string::npos);
  EXPECT_NE(by_cookie.find('b'), std::string::npos);
  EXPECT_EQ(pattern(port, "X-User:\r\nCookie: slipway_user={}"), by_cookie);

  // Every character that a cookie's name may have.
  now.sticky = {.cookie = "a!#$%&'*+-.^_`|~9", .header = "", .drawn = false, .trusted_proxies = {}};
  proxy.apply(production, now);
  const std::string by_odd_name = pattern(port, "Cookie: a!#$%&'*+-.^_`|~9={}");
  EXPECT_EQ(by_odd_name, by_cookie) << "the same keys are the same users";
}

TEST(HaproxyUsers, WhoNobodyIsKnownByAreDrawnRequestByRequest) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 25);
  now.sticky = {.cookie = "shop_user", .header = "", .drawn = true, .trusted_proxies = {}};
  proxy.apply(production, now);
  int on_canary = 0;
  Client client(port);
  for (int i = 0; i < users; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
    on_canary += client.receive("\r\n\r\n").find("x-version: b") != std::string::npos ? 1 : 0;
  }
  EXPECT_TRUE(plausible_share(on_canary, 0.25)) << on_canary;
  const std::string known = pattern(port, "Cookie: shop_user={}");
  EXPECT_EQ(pattern(port, "Cookie: shop_user={}"), known) << "who has a key stays where they are";
}

TEST(HaproxyUsers, AreKnownByTheirAddressWhereThatIsConfiguredAsTrustedProxiesSayIt) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 50);
  now.sticky = {
      .cookie = "", .header = "", .drawn = false, .trusted_proxies = {"127.0.0.0/8", "2001:db8::/32"}};
  proxy.apply(production, now);
  const std::string by_address = pattern(port, "X-Forwarded-For: 198.51.100.{}");
  EXPECT_NE(by_address.find('a'), std::string::npos);
  EXPECT_NE(by_address.find('b'), std::string::npos);
  EXPECT_EQ(pattern(port, "X-Forwarded-For: 203.0.113.7, 198.51.100.{}"), by_address)
      << "what a user says of themselves isn't believed";
  EXPECT_EQ(pattern(port, "X-Forwarded-For: 198.51.100.{}, 127.0.0.9"), by_address)
      << "a second proxy is one of ours, too";
  const std::string without = pattern(port, "X-Nothing: {}");
  EXPECT_TRUE(without == std::string(60, 'a') || without == std::string(60, 'b')) << without;

  now.sticky.trusted_proxies.assign(45, "10.0.0.0/8");
  proxy.apply(production, now);
  const std::string untrusted = pattern(port, "X-Forwarded-For: 198.51.100.{}");
  EXPECT_TRUE(untrusted == std::string(60, 'a') || untrusted == std::string(60, 'b')) << untrusted;
}

std::string given_cookie(const Answer& answer) {
  const std::string name = "slipway_user=";
  const std::size_t begin = answer.headers.find(name);
  if (begin == std::string::npos) return {};
  return answer.headers.substr(begin, answer.headers.find(';', begin) - begin);
}

TEST(HaproxyUsers, OfABrowserGetACookieOfTheProxysOwnWhileACanaryIsOpen) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 50);
  now.sticky.cookie = "shop_user";
  proxy.apply(production, now);
  const std::string page = "Accept: application/xml, Text/HTML;q=0.9, */*\r\n";
  std::string met_first;
  for (int i = 0; i < 40; ++i) {
    const Answer first = get(port, "/", "127.0.0.1", i % 2 == 0 ? page : "Sec-Fetch-Mode: navigate\r\n");
    const std::string cookie = given_cookie(first);
    ASSERT_EQ(cookie.size(), std::string("slipway_user=").size() + 36) << first.headers;
    EXPECT_NE(first.headers.find("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax\r\n"), std::string::npos);
    EXPECT_NE(first.headers.find("own=1\r\n"), std::string::npos) << "the instance's own cookie is there too";
    const Answer second = get(port, "/", "127.0.0.1", page + "Cookie: " + cookie + "\r\n");
    EXPECT_EQ(second.body, first.body) << "the key counts at once";
    EXPECT_EQ(given_cookie(second), "");
    met_first += first.body;
  }
  EXPECT_NE(met_first.find('a'), std::string::npos);
  EXPECT_NE(met_first.find('b'), std::string::npos);

  EXPECT_EQ(given_cookie(get(port, "/", "127.0.0.1", page + "Cookie: shop_user=7\r\n")), "");
  EXPECT_EQ(given_cookie(get(port, "/", "127.0.0.1", "Accept: */*\r\n")), "") << "not a browser";
  ASSERT_TRUE(proxy.traffic().renew(production, in(Duration{-1})));
  EXPECT_EQ(given_cookie(get(port, "/", "127.0.0.1", page)), "") << "the lease has run out";
  now.weight = 0;
  proxy.apply(production, now);
  EXPECT_EQ(given_cookie(get(port, "/", "127.0.0.1", page)), "");
  now.canary.reset();
  proxy.apply(production, now);
  EXPECT_EQ(given_cookie(get(port, "/", "127.0.0.1", page)), "");
}

}  // namespace
}  // namespace slipway::test
