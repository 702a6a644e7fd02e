#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "drivers/traffic/haproxy_change.h"
#include "drivers/traffic/haproxy_files.h"
#include "os/file.h"

namespace slipway::drivers::haproxy {
namespace {

using core::Pool;

const core::Target production{"shop", "production"};

Route route() {
  Route route;
  route.routing.listen = "127.0.0.1:8080";
  route.routing.stable = Pool::a;
  route.routing.salt = "shop/production#7";
  route.routing.a.servers = {{{6, 1}, 20001}, {{6, 2}, 20002}};
  route.routing.a.health_path = "/health check";
  route.routing.preview = "127.0.0.1:9080";
  route.routing.sticky = {.cookie = "shop_user", .header = "", .drawn = true, .trusted_proxies = {}};
  route.preview_token = "00112233445566778899aabbccddeeff";
  route.lease = Time(Duration(1'795'000'000'123));
  return route;
}

Held held_as(const Route& route) {
  Held held;
  held.values = map_values(production, route);
  for (const Pool pool : {Pool::a, Pool::b}) {
    auto& states = pool == Pool::a ? held.a : held.b;
    for (int slot = 1; slot <= slots(route.routing); ++slot) {
      states.push_back({backend_name(production, pool), slot_name(slot), "127.0.0.1", 1, 0, 5});
    }
    for (const core::Server& server : route.routing.pool(pool).servers) {
      ServerState& state = states.at(static_cast<std::size_t>(server.instance.ordinal - 1));
      state.port = server.port;
      state.operational = 2;
      state.admin = 4;
    }
  }
  return held;
}

// SLIPWAY_REWRITE=1 writes the file anew.
TEST(HaproxyConfig, IsAsRecorded) {
  const std::string path = SLIPWAY_TEST_DATA "/traffic/haproxy.cfg";
  const std::string text = Files({Owner{102, 105}, {"127.0.0.1:20514", "0123456789abcdef"}})
                               .all({{production, route()}})
                               .at("haproxy.cfg");
  if (std::getenv("SLIPWAY_REWRITE") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, os::read_file(path).value_or("there is no " + path));
}

TEST(HaproxyConfig, HasAnEntryInEachMapForEveryTarget) {
  Route first = route();
  first.routing.canary = Pool::b;
  first.routing.weight = 25;
  first.routing.previewed = Pool::b;
  first.one_in = 5;
  const auto all = Files({}).all({{production, first}, {{"shop", "dr"}, Route{}}});
  EXPECT_EQ(all.at("stable.map"), "shop.dr none\nshop.production shop.production.a\n");
  EXPECT_EQ(all.at("canary.map"), "shop.dr none\nshop.production shop.production.b\n");
  EXPECT_EQ(all.at("fallback.map"), "shop.dr none\nshop.production none\n");
  EXPECT_EQ(all.at("weight.map"), "shop.dr 0\nshop.production 2500\n");
  EXPECT_EQ(all.at("lease.map"), "shop.dr 0\nshop.production 1795000000123\n");
  EXPECT_EQ(all.at("preview.map"), "shop.dr none\nshop.production shop.production.b\n");
  EXPECT_EQ(all.at("rate.map"), "shop.dr 100\nshop.production 5\n");
}

TEST(HaproxyConfig, KeepsDifferentNamesDifferent) {
  EXPECT_EQ(frontend_name({"a.b", "c"}), "a_2eb.c");
  EXPECT_NE(frontend_name({"a.b", "c"}), frontend_name({"a", "b.c"}));
  EXPECT_EQ(frontend_name({"my shop", "x;y"}), "my_20shop.x_3by");
}

TEST(HaproxyConfig, MarksOnlyWhatNeedsAReload) {
  Route changed = route();
  Files files({});
  const auto mark = [&] { return files.mark({{production, changed}}); };
  const std::string before = mark();
  changed.routing.stable = Pool::b;
  changed.routing.salt = "other";
  changed.routing.a.servers.clear();
  changed.routing.b.servers = {{{7, 8}, 20003}};
  EXPECT_EQ(mark(), before);
  changed.routing.b.servers = {{{7, 9}, 20003}};
  EXPECT_NE(mark(), before) << "a ninth server needs more slots";
  changed = route();
  changed.routing.b.health_path = "/other";
  EXPECT_NE(mark(), before);
  changed = route();
  changed.routing.listen = "127.0.0.1:8081";
  EXPECT_NE(mark(), before);
  changed = route();
  changed.routing.canary = changed.routing.previewed = Pool::b;
  changed.routing.weight = 5;
  changed.one_in = 1;
  EXPECT_EQ(mark(), before);
  changed.routing.sticky = {.cookie = "", .header = "x-user", .drawn = false, .trusted_proxies = {}};
  EXPECT_NE(mark(), before);
  changed = route();
  changed.routing.preview.clear();
  EXPECT_NE(mark(), before);
  const Routes same{{production, route()}};
  EXPECT_NE(Files({std::nullopt, {"127.0.0.1:20514", "ab"}}).mark(same),
            Files({std::nullopt, {"127.0.0.1:20514", "cd"}}).mark(same));
}

TEST(HaproxyConfig, LeavesOutAddressesAndSaysWhich) {
  Files files({});
  const Routes routes{{production, route()}};
  const std::string mark = files.mark(routes);
  EXPECT_EQ(parse_description(text({mark, {}})), (Description{mark, {}}));
  EXPECT_TRUE(files.leave_out({"127.0.0.1:9080", "10.0.0.1:80"}));
  EXPECT_FALSE(files.leave_out({"127.0.0.1:9080", "10.0.0.1:80"}));
  const std::string without = files.all(routes).at("haproxy.cfg");
  EXPECT_NE(without.find("bind 127.0.0.1:8080"), std::string::npos);
  EXPECT_EQ(without.find("bind 127.0.0.1:9080"), std::string::npos);
  const Description said{mark, {"127.0.0.1:9080"}};
  EXPECT_NE(without.find("description \"" + text(said) + "\""), std::string::npos) << without.substr(0, 200);
  EXPECT_EQ(parse_description(text(said)), said);
  EXPECT_EQ(files.mark(routes), mark);
  EXPECT_TRUE(files.leave_out({"127.0.0.1:9080", "127.0.0.1:8080"}));
  EXPECT_NE(files.all(routes).at("haproxy.cfg").find("bind unix@nobody.sock"), std::string::npos)
      << "HAProxy doesn't begin without any";
  files.leave_out({});
  EXPECT_EQ(files.all(routes).at("haproxy.cfg"), Files({}).all(routes).at("haproxy.cfg"));
  EXPECT_EQ(parse_description("another's"), Description{});
}

TEST(HaproxyConfig, IsTheSameForRoutesThatChangedOneAfterTheOther) {
  Files files({});
  Routes routes{{production, route()}};
  static_cast<void>(files.all(routes));
  routes[{"shop", "dr"}].routing.listen = "127.0.0.1:8081";
  static_cast<void>(files.mark(routes));
  routes[production].routing.b.servers = {{{7, 1}, 20003}};
  static_cast<void>(files.all(routes));
  routes[production].preview_token = "00";
  routes[production].one_in = 5;
  EXPECT_EQ(files.all(routes), Files({}).all(routes));
  EXPECT_EQ(files.mark(routes), Files({}).mark(routes));
}

TEST(HaproxyConfig, HasNoLogWhereNothingIsRecorded) {
  const auto text = Files({}).all({{production, route()}}).at("haproxy.cfg");
  EXPECT_EQ(text.find("log-format"), std::string::npos);
  EXPECT_EQ(text.find("one_in"), std::string::npos);
}

TEST(HaproxyConfig, RefusesWhatCannotBe) {
  const auto why = [](const Routes& routes) {
    const Status status = validate(routes);
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(why({{production, route()}}), "");
  EXPECT_NE(why({{production, route()}, {{"shop", "dr"}, route()}}).find("is the listener of"),
            std::string::npos);
  Route broken = route();
  broken.routing.listen = "127.0.0.1:http;";
  EXPECT_NE(why({{production, broken}}).find("isn't an address"), std::string::npos);
  broken = route();
  broken.routing.preview = broken.routing.listen;
  EXPECT_NE(why({{production, broken}}).find("is the listener of"), std::string::npos);
  broken = route();
  broken.routing.sticky.cookie = "a b";
  EXPECT_NE(why({{production, broken}}).find("isn't the name of a cookie"), std::string::npos);
  broken = route();
  broken.routing.sticky.trusted_proxies = {"10.0.0.0/8", "10.0.0.1 }"};
  EXPECT_NE(why({{production, broken}}).find("isn't an address or a network"), std::string::npos);
  broken = route();
  broken.routing.a.servers[1].instance.ordinal = 1;
  EXPECT_NE(why({{production, broken}}).find("two instances"), std::string::npos);
  broken = route();
  broken.routing.a.servers[0].port = 0;
  EXPECT_NE(why({{production, broken}}).find("has no port"), std::string::npos);
  for (const char* good : {"127.0.0.1:80", ":8080", "*:8080", "[::1]:8080", "localhost:1"})
    EXPECT_TRUE(parse_listen(good));
  for (const char* bad : {"", "8080", "127.0.0.1", "a b:80", "x:0", "x:65536", "[]:80", "x:80 user root"}) {
    EXPECT_FALSE(parse_listen(bad)) << bad;
  }
}

TEST(HaproxyChange, IsNothingWhereAllIsAsWanted) {
  EXPECT_TRUE(changes(held_as(route()), production, route()).empty());
  EXPECT_EQ(difference(held_as(route()), production, route()), std::nullopt);
}

TEST(HaproxyChange, FillsTheCanarysServersThenSetsItsWeightLast) {
  Route wanted = route();
  wanted.routing.canary = Pool::b;
  wanted.routing.weight = 10;
  wanted.routing.salt = "8";
  wanted.routing.b.servers = {{{8, 1}, 20003}};
  const std::string salt = map_values(production, wanted).at("salt.map");
  EXPECT_EQ(
      changes(held_as(route()), production, wanted),
      (std::vector<std::string>{
          "set server shop.production.b/s1 addr 127.0.0.1 port 20003",
          "set server shop.production.b/s1 state ready", "set map size_b.map shop.production 1",
          "set map route.map shop.production busy", "set map salt.map shop.production " + salt,
          "set map canary.map shop.production shop.production.b",
          "set map lease.map shop.production 1795000000123", "set map weight.map shop.production 1000"}));
}

TEST(HaproxyChange, PromotesByStableFirstAndFreesServersLast) {
  Route before = route();
  before.routing.canary = Pool::b;
  before.routing.weight = 100;
  before.routing.b.servers = {{{8, 1}, 20003}};
  Route wanted = before;
  wanted.routing.stable = Pool::b;
  wanted.routing.canary.reset();
  wanted.routing.a.servers.clear();
  EXPECT_EQ(
      changes(held_as(before), production, wanted),
      (std::vector<std::string>{
          "set map size_a.map shop.production 0", "set map stable.map shop.production shop.production.b",
          "set map canary.map shop.production none", "set map weight.map shop.production 0",
          "set map lease.map shop.production 0", "set map route.map shop.production shop.production.b",
          "set server shop.production.a/s1 state maint", "set server shop.production.a/s2 state maint"}));
}

TEST(HaproxyChange, NamesWhatDiffers) {
  Held held = held_as(route());
  held.values["stable.map"] = "none";
  EXPECT_EQ(difference(held, production, route()),
            "stable.map says none for shop/production, not shop.production.a");
  held.values = held_as(route()).values;
  held.values["token.map"] = "f00d";
  EXPECT_EQ(difference(held, production, route()), "token.map says another token for shop/production")
      << "what grants something stands in no log";
  held = held_as(route());
  held.a[1].port = 5;
  EXPECT_NE(difference(held, production, route()).value_or("").find("server shop.production.a/s2"),
            std::string::npos);
  EXPECT_NE(difference(Held{}, production, route()), std::nullopt);
}

}  // namespace
}  // namespace slipway::drivers::haproxy
