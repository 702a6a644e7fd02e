#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "fake_daemon.h"
#include "place.h"

// What people say to gates, and what they see of them.
namespace slipway::cli {
namespace {

using test::FakeDaemon;
using test::Said;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view production_only = R"(service: shop
run: {command: [./shop]}
environments:
  production: {listen: "127.0.0.1:18080"}
)";

TEST(GateCommands, SayOfACheckThatCantBeLookedAtWhyAndWhenNext) {
  const test::Place place;
  const auto check = [](const char* name, bool under_way, const char* problem, Json retry) {
    return Json{{"group", "code"},    {"check", name},     {"attest", false},    {"under_way", under_way},
                {"problem", problem}, {"retry_at", retry}, {"evidence", nullptr}};
  };
  const Json target{{"deployment",
                     {{"gates",
                       {{"checks",
                         {check("CI", false, "GitHub has trouble", 1'800'000'000'000),
                          check("Audit", true, "", nullptr)}}}}}}};
  const FakeDaemon daemon(place.data(), [&](const test::Asked&) { return Said{200, target.dump()}; });
  for (const std::vector<std::string>& words : {std::vector<std::string>{"checklist", "shop/production"},
                                                {"checklist", "shop/production", "--markdown"}}) {
    const test::Typed typed = place.type(words);
    EXPECT_EQ(typed.code, 0) << typed.err;
    EXPECT_THAT(typed.out, HasSubstr("CI: couldn't be looked at: GitHub has trouble; the next try is at "
                                     "2027-01-15T08:00:00Z\n"));
    EXPECT_THAT(typed.out, HasSubstr("Audit: under way\n"));
  }
}

TEST(GateCommands, SayThatTheDaemonDoesntAnswerThoughTheFileDoesntNameTheEnvironment) {
  const test::Place place;
  place.write("slipway.yaml", std::string(production_only));
  const test::Typed typed = place.type({"freeze", "dr", "--for", "2h", "--reason", "moving"});
  EXPECT_EQ(typed.code, 5) << typed.err;
  EXPECT_THAT(typed.err, Not(HasSubstr("no environment")));
}

TEST(GateCommands, SayWhatIsWrongInTheFileThatAnEmergencyWindowGoesBy) {
  const test::Place place;
  place.write("slipway.yaml", std::string(production_only) + "chekclist: {}\n");
  const FakeDaemon daemon(place.data(), [&](const test::Asked& asked) {
    return asked.method == "GET" ? Said{404, R"({"kind":"not_found","detail":"nothing was ever deployed"})"}
                                 : Said{409, R"({"kind":"refused","detail":"deploy first"})"};
  });
  const test::Typed typed =
      place.type({"emergency", "shop/production", "--for", "1h", "--reason", "it burns"});
  EXPECT_EQ(typed.code, 3) << typed.err;
  EXPECT_THAT(typed.err, HasSubstr("deploy first"));
  EXPECT_THAT(typed.err, HasSubstr("chekclist"));
}

}  // namespace
}  // namespace slipway::cli
