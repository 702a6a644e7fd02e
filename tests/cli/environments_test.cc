#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/moment.h"
#include "cli/render_environments.h"
#include "fake_daemon.h"
#include "place.h"
#include "plain.h"

namespace slipway::cli {
namespace {

using test::FakeDaemon;
using test::plain;
using test::Said;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Time now = *slipway::calendar::parse_moment("2026-11-24T11:00Z");

std::int64_t ago(Duration duration) {
  return (now - duration).time_since_epoch().count();
}

Json release(int revision, const std::string& version, char digest) {
  return {{"revision", revision}, {"version", version}, {"digest", std::string(64, digest)}};
}

Place place(const std::string& name, Json stable, Duration since, std::vector<std::string> after = {}) {
  core::Gates gates;
  Json target{{"target", {{"service", "shop"}, {"environment", name}}},
              {"stable", std::move(stable)},
              {"since", ago(since)}};
  auto hours = hours_of(gates, View(target), now, now + known_ahead);
  return {name, *hours, std::move(after), std::move(target), std::vector<std::string>{}};
}

using std::chrono::hours;

Places staging_and_production() {
  Places places{"shop", "", {}};
  places.all.push_back(place("staging", release(42, "1.5.0", 'b'), hours(14)));
  places.all.push_back(place("production", release(41, "1.4.2", 'a'), hours(24 * 9), {"staging"}));
  return places;
}

TEST(Environments, AreARowEachAndBelowItIsSaidWhatDiffers) {
  Places places = staging_and_production();
  places.all[1].target["offer"] = {{"release", release(42, "1.5.0", 'b')}, {"from", "staging"}};
  places.all[1].changes = std::vector<std::string>{"env LOG_LEVEL", "instances"};
  EXPECT_EQ(render_environments(places, now, plain),
            R"(environment  version  revision  artifact      since (UTC)       open      offered
staging      1.5.0    42        bbbbbbbbbbbb  14 h ago          any time
production   1.4.2    41        aaaaaaaaaaaa  2026-11-15 11:00  any time  1.5.0 from staging

production runs 1.4.2; 1.5.0 of staging (since 14 h) isn't there yet: slipway deploy production --from staging
production runs with another configuration than slipway.yaml: env LOG_LEVEL and instances
)");
}

TEST(Environments, PutWhatHasNoRoomBelowTheirRowAndMarkWhatTheFileDoesntName) {
  Places places = staging_and_production();
  places.all[1].target["deployment"] = {{"number", 7},
                                        {"release", release(42, "1.5.0", 'b')},
                                        {"stage", {{"text", "hold for 10 min"}}},
                                        {"gates", nullptr},
                                        {"promoted", nullptr}};
  places.all[1].target["weight"] = {{"set", 25}};
  Place old = place("old", release(3, "0.3.0", 'c'), Duration(5000));
  old.hours.reset();
  old.changes.reset();
  places.all.push_back(std::move(old));
  EXPECT_EQ(render_environments(places, now, plain, {80, LongLines::folded}),
            R"(environment  version  revision  artifact      since (UTC)
staging      1.5.0    42        bbbbbbbbbbbb  14 h ago
    open       any time
production   1.4.2    41        aaaaaaaaaaaa  2026-11-15 11:00
    open       any time
    under way  1.5.0 at 25 %: hold for 10 min
old *        0.3.0    3         cccccccccccc  5 s ago
    open       not known
* slipway.yaml doesn't name it

production runs 1.4.2; 1.5.0 of staging (since 14 h) isn't there yet: it is on
  its way, deployment 7
)");
}

TEST(Differences, AreNoneWhereTheSameArtifactRuns) {
  Places places = staging_and_production();
  places.all[1].target["stable"] = release(42, "1.5.0", 'b');
  EXPECT_THAT(differences(places, now), IsEmpty());
  places.all[1].target["stable"] = release(43, "1.5.0-final", 'b');
  EXPECT_THAT(differences(places, now), ElementsAre("production and staging run the same artifact under two "
                                                    "names: 1.5.0-final and 1.5.0"));
}

TEST(Differences, TellAnArtifactOfTheSameVersionApart) {
  Places places = staging_and_production();
  places.all[1].target["stable"] = release(41, "1.5.0", 'a');
  EXPECT_THAT(differences(places, now),
              ElementsAre("production and staging both run 1.5.0, of different artifacts: aaaaaaaaaaaa and "
                          "bbbbbbbbbbbb: slipway deploy production --from staging"));
}

TEST(Differences, TellWhatIsAheadAndWhatIsEmpty) {
  Places places = staging_and_production();
  places.all[0].target["stable"] = release(40, "1.4.1", 'c');
  EXPECT_THAT(differences(places, now),
              ElementsAre("production runs 1.4.2 (since 2026-11-15 11:00 UTC), which is newer than the 1.4.1 "
                          "of staging"));
  places.all[0].target["stable"] = nullptr;
  EXPECT_THAT(differences(places, now),
              ElementsAre("production runs 1.4.2; nothing runs in staging, where it is to succeed first"));
  places.all[1].target["stable"] = nullptr;
  EXPECT_THAT(differences(places, now), ElementsAre("nothing runs in production and staging yet; production "
                                                    "takes what has succeeded in staging"));
}

TEST(Differences, SayThatABakeMustBeOverFirstAndNameTheFile) {
  Places places = staging_and_production();
  places.file = "shop.yaml";
  places.all[0].target["deployment"] = {{"promoted", ago(Duration(1000))}};
  places.all[1].target["stable"] = nullptr;
  EXPECT_THAT(differences(places, now),
              ElementsAre("nothing runs in production yet; staging runs 1.5.0 (since 14 h): slipway deploy "
                          "production --from staging -f shop.yaml, once its bake in staging is over"));
}

constexpr auto staging_first = R"(service: shop
run: {command: [./shop]}
environments:
  staging: {listen: "127.0.0.1:18081"}
  production: {listen: "127.0.0.1:18080", after: [staging]}
)";

TEST(EnvironmentsCommand, ShowsThoseOfTheFileInItsOrderThenTheDaemonsAndAsksForChanges) {
  test::Place place;
  place.write("slipway.yaml", staging_first);
  const auto target = [](const std::string& service, const std::string& name) {
    return Json{{"target", {{"service", service}, {"environment", name}}},
                {"stable", release(1, "1.0.0", 'a')},
                {"since", 1'763'906'390'000}};
  };
  const Json targets{
      {"targets", {target("shop", "old"), target("blog", "staging"), target("shop", "production")}}};
  const FakeDaemon daemon(place.data(), [&](const test::Asked& asked) {
    if (asked.method == "POST") return Said{200, R"({"changes":[{"what":"run.instances"}]})"};
    return Said{200, targets.dump()};
  });
  const test::Typed typed = place.type({"environments"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_EQ(typed.out,
            R"(environment  version      revision  artifact      since (UTC)  open
staging      nothing yet                                       any time
production   1.0.0        1         aaaaaaaaaaaa  10 s ago     any time
old *        1.0.0        1         aaaaaaaaaaaa  10 s ago     not known
* slipway.yaml doesn't name it

production runs 1.0.0; nothing runs in staging, where it is to succeed first
production runs with another configuration than slipway.yaml: run.instances
)");
  const Json json = Json::parse(place.type({"environments", "--json"}).out);
  ASSERT_EQ(json["environments"].size(), 3U);
  EXPECT_EQ(json["environments"][1]["stable"]["version"], "1.0.0");
  EXPECT_EQ(json["environments"][1]["changes"], Json({"run.instances"}));
  EXPECT_EQ(json["environments"][2]["in_file"], false);
  EXPECT_EQ(json["differences"].size(), 2U);
}

TEST(EnvironmentsCommand, NeedsADaemonAndAFile) {
  test::Place place;
  test::Typed typed = place.type({"environments"});
  EXPECT_EQ(typed.code, 2);
  EXPECT_THAT(typed.err, HasSubstr("there is no slipway.yaml"));
  place.write("slipway.yaml", staging_first);
  typed = place.type({"environments"});
  EXPECT_EQ(typed.code, 5);
  EXPECT_THAT(typed.err, HasSubstr("daemon"));
  EXPECT_EQ(typed.out, "");
}

}  // namespace
}  // namespace slipway::cli
