#include <gtest/gtest.h>

#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_socket.h"

namespace slipway::drivers::haproxy {
namespace {

TEST(HaproxyAnswers, ReadsOneWorkersInfo) {
  const auto info =
      parse_info("Name: HAProxy\nPid: 7211\nnode: vm\ndescription: slipway-0123\nStopping: 1\n\n");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->pid, 7211);
  EXPECT_EQ(info->description, "slipway-0123");
  EXPECT_TRUE(info->stopping);
}

TEST(HaproxyAnswers, ReadsCountersByTheNamesOfTheirColumns) {
  const auto rows = parse_stat(
      "# pxname,svname,qcur,scur,stot,econ,eresp,wretr,wredis,status,act,last_chk,req_tot,cli_abrt,\n"
      "shop.production.a,s1,0,3,20,1,2,4,8,UP,1,\"Layer7 OK, \"\"200\"\"\",,16,\n"
      "shop.production.a,BACKEND,2,4,21,,,,,UP,1,,17,,\n\n");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(0).server, "s1");
  EXPECT_EQ(rows->at(0).in_flight, 3);
  EXPECT_EQ(rows->at(1).proxy, "shop.production.a");
  EXPECT_EQ(rows->at(1).queued, 2);
  EXPECT_EQ(rows->at(1).in_flight, 4);
  EXPECT_EQ(rows->at(1).active, 1);
  EXPECT_EQ(rows->at(0).requests, 0);
  EXPECT_EQ(rows->at(1).requests, 17);
  EXPECT_EQ(rows->at(0).started, 20);
  EXPECT_EQ(rows->at(0).failed, 31);
  EXPECT_EQ(rows->at(1).failed, 0);
}

TEST(HaproxyAnswers, ReadsAMapsEntryAndThatThereIsNone) {
  const auto entry = parse_map_entry(
      "type=str, case=sensitive, found=yes, idx=tree, key=\"shop/production\", value=\"2500\", "
      "type=\"sint\"\n"
      "type=str, case=sensitive, found=yes, idx=tree, key=\"shop/production\", value=\"2500\", "
      "type=\"str\"\n\n");
  ASSERT_TRUE(entry);
  EXPECT_EQ(*entry, "2500");
  const auto none = parse_map_entry("type=str, case=sensitive, found=no\n\n");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_FALSE(parse_map_entry("type=str, case=sensitive, found=yes\n\n"));
}

TEST(HaproxyAnswers, ReadsServersAndKnowsMaintenanceFromAConfiguredOneThatIsReady) {
  const auto states = parse_servers_state(
      "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_port "
      "srv_uweight srv_check_health\n"
      "4 shop.production.b 1 s1 127.0.0.1 2 4 21802 1 2\n4 shop.production.b 2 s2 127.0.0.1 0 5 1 0 1\n\n");
  ASSERT_TRUE(states) << states.error().message;
  ASSERT_EQ(states->size(), 2U);
  EXPECT_EQ(states->at(0).port, 21802);
  EXPECT_TRUE(states->at(0).up());
  EXPECT_TRUE(states->at(0).was_found_up());
  EXPECT_FALSE(states->at(1).ready());
  EXPECT_EQ(states->at(1).weight, 0);
}

TEST(HaproxyAnswers, AreToldApartByTheEmptyLinesThatEndThem) {
  EXPECT_EQ(answers_in("a\nb\n\n\nNo such backend.\n\n"),
            (std::vector<std::string>{"a\nb\n", "", "No such backend.\n"}));
  EXPECT_TRUE(answers_in("").empty());
  EXPECT_EQ(answers_in("cut of"), std::vector<std::string>{"cut of\n"});
}

TEST(HaproxyAnswers, SayWhereHaproxyCannotListen) {
  const auto address = unbindable_in(
      "2026-12-01T02:28:42.941Z err [ALERT]    (13996) : Binding [haproxy.cfg:121] for frontend "
      "shop.staging: cannot "
      "bind socket (Address already in use) for [127.0.0.1:33495]");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "127.0.0.1");
  EXPECT_EQ(address->port, 33495);
  EXPECT_EQ(unbindable_in("cannot bind socket (x) for [::1:80]")->host, "::1");
  for (const char* other :
       {"", "[ALERT] : no", "cannot bind socket", "cannot bind socket for [x]", "cannot bind socket ]["})
    EXPECT_FALSE(unbindable_in(other)) << other;
}

TEST(HaproxyAnswers, TellHaproxysVersionFromAnotherPrograms) {
  EXPECT_EQ(version_in("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/"),
            std::pair(2, 6));
  EXPECT_EQ(version_in("HA-Proxy version 1.8.30 2021/04/12"), std::pair(1, 8));
  EXPECT_EQ(version_in("HAProxy version 3.0-dev1"), std::pair(3, 0));
  for (const char* text :
       {"", "HAProxy version ", "HAProxy version x.6", "HAProxy version 2", "nginx version: nginx/1.22.1"})
    EXPECT_EQ(version_in(text), std::nullopt) << text;
}

TEST(HaproxyAnswers, SaysWhatItCouldNotRead) {
  for (const std::string text :
       {"", "\n", "Unknown command.\n", "1\n", "# \n", "# pxname\nx,y\n", "0x1\n", "\xff\xfe,,"}) {
    EXPECT_FALSE(parse_info(text)) << text;
    EXPECT_FALSE(parse_stat(text)) << text;
    EXPECT_FALSE(parse_servers_state(text)) << text;
  }
  EXPECT_FALSE(parse_map_entry("Unknown map identifier. Please use #<id> or <file>.\n\n"));
  const std::string head =
      "# pxname,svname,status,qcur,scur,stot,act,req_tot,econ,eresp,wretr,wredis,cli_abrt\n";
  EXPECT_TRUE(parse_stat(head + "a,b,UP,0,1,1,1,1,0,0,0,0,0\n"));
  EXPECT_FALSE(parse_stat(head + "a,b,UP,0,many,1,1,1,0,0,0,0,0\n"));
  EXPECT_FALSE(parse_stat(head + "a,b,UP,0,1,-1,1,1,0,0,0,0,0\n"));
  EXPECT_FALSE(parse_stat(head + "a,b,UP,0,1,1,1,1,0,0,0,0,9223372036854775807\n")) << "sums could overflow";
  EXPECT_FALSE(parse_stat(head + "a,b,UP,0,1,1,1,1,0,0,0,0\n")) << "a cell is missing";
}

}  // namespace
}  // namespace slipway::drivers::haproxy
