#include "judge/relative.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "judge/acceptance.h"
#include "judge/stream.h"
#include "judge/traffic.h"

namespace slipway::judge {
namespace {

Relative with_reference(Relative::Setup setup, Stream& stream) {
  Relative relative(std::move(setup));
  relative.remember(stream.warm(300).times);
  return relative;
}

Relative::Setup usual() {
  return Relative::setup(Settings{}, std::chrono::minutes(25));
}

// When the evidence reaches 100 : 1, in seconds; `most` where it doesn't.
std::int64_t seconds_to_see(Stream& stream, Relative& relative, std::int64_t most) {
  std::int64_t seen = most;
  stream.run(0, most, [&](const Second& second) {
    relative.take(second);
    if (seen == most && relative.log_evidence() >= std::log(100.0))
      seen = second.at.time_since_epoch() / std::chrono::seconds(1) - 1'790'000'000;
  });
  return seen;
}

TEST(Relative, SeesAWorseCanaryInEachWayThatItCanBeWorse) {
  for (const Manner& manner : {Manner{0.05, 80, 0}, Manner{0.005, 160, 0}, Manner{0.005, 80, 0.03}}) {
    Stream stream(1);
    Relative relative = with_reference(usual(), stream);
    stream.canary = manner;
    EXPECT_LT(seconds_to_see(stream, relative, 400), 200);
  }
}

TEST(Relative, SaysWhichMetricItWas) {
  Stream stream(2);
  Relative relative = with_reference(usual(), stream);
  stream.canary.errors = 0.2;
  seconds_to_see(stream, relative, 60);
  EXPECT_EQ(relative.leading(), Metric::errors);
  EXPECT_GT(relative.log_evidence(Metric::errors), std::log(100.0));
  EXPECT_LT(relative.log_evidence(Metric::p50), std::log(100.0));
}

TEST(Relative, SeesNothingWhereBothArmsAreAlikeAndBothGetWorse) {
  Stream stream(3);
  Relative relative = with_reference(usual(), stream);
  double most = 0;
  const auto take = [&](const Second& second) {
    relative.take(second);
    most = std::max(most, relative.log_evidence());
  };
  stream.run(0, 200, take);
  stream.canary = stream.stable = {0.3, 300, 0.1};
  stream.run(200, 400, take);
  EXPECT_LT(most, std::log(20.0));
}

TEST(Relative, ForgivesWhatIsTolerated) {
  Stream stream(4);
  stream.weight = 0.3;
  stream.canary.errors = 0.0055;
  stream.canary.median_ms = 83;
  Relative relative = with_reference(usual(), stream);
  EXPECT_EQ(seconds_to_see(stream, relative, 600), 600);
}

TEST(Relative, TakesOneInstancesGainInABlockForNoMoreThanItsLimit) {
  const auto evidence = [](Relative::Setup::Clip clip) {
    Stream stream(5);
    stream.weight = 0.3;
    stream.canary_instances = 6;
    stream.stable_instances = 14;
    Relative::Setup setup = usual();
    setup.clip = clip;
    setup.most_gain = 4;
    setup.most_gain_of_all = setup.pace = 0;
    Relative relative = with_reference(setup, stream);
    stream.run(0, 10, [&](Second& second) {
      auto broken = std::vector(second.canary.instances.begin(), second.canary.instances.end());
      broken[2].all.errors = broken[2].all.requests;
      second.canary.instances = broken;
      relative.take(second);
    });
    return relative.log_evidence();
  };
  EXPECT_GT(evidence(Relative::Setup::Clip::none), std::log(1000.0));
  EXPECT_LE(evidence(Relative::Setup::Clip::fixed), std::log(4.0));
  EXPECT_LE(evidence(Relative::Setup::Clip::by_weight), std::log(2.0));
}

TEST(Relative, LetsOneOfSeveralInstancesGainLessTheGreaterTheWeightIs) {
  struct Case {
    double weight, factor;
  };
  for (const auto& [weight, factor] : {Case{0.05, 6}, Case{0.125, 4}, Case{0.4, 2}}) {
    Stream stream(16);
    stream.weight = weight;
    stream.canary_instances = 6;
    stream.canary.errors = stream.stable.errors = 0;
    Relative::Setup setup = usual();
    setup.weights = {1, 0, 0, 0, 0, 0, 0};
    setup.tolerance.errors_points = 0;  // so that answers bring nothing
    setup.first = 1;
    setup.injections = 0;
    setup.most_gain_of_all = setup.pace = 0;
    Relative relative = with_reference(setup, stream);
    stream.run(0, 10, [&](Second& second) {
      auto broken = std::vector(second.canary.instances.begin(), second.canary.instances.end());
      broken[2].all.requests = broken[2].all.errors = 5;
      second.canary.instances = broken;
      relative.take(second);
    });
    EXPECT_NEAR(relative.log_evidence(), std::log(factor), 1e-3) << weight;
  }
}

TEST(Relative, KeepsThePaceHoweverBadItIs) {
  Stream stream(6);
  Relative::Setup setup = usual();
  setup.clip = Relative::Setup::Clip::none;
  setup.most_gain_of_all = 10;
  setup.pace = 0.2;
  Relative relative = with_reference(setup, stream);
  stream.canary.errors = 0.9;
  std::vector<double> evidence{0};
  stream.run(0, 40, [&](const Second& second) {
    relative.take(second);
    evidence.push_back(relative.log_evidence());
  });
  for (std::size_t from = 0; from < evidence.size(); ++from)
    for (std::size_t to = from + 1; to < evidence.size(); ++to)
      EXPECT_LE(evidence[to] - evidence[from], std::log(10.0) + 0.2 * static_cast<double>(to - from) + 1e-9);
  EXPECT_GT(evidence.back(), std::log(100.0));
}

TEST(Relative, GivesMoreForEachErrorOfTheCanaryAndLessForEachOfStable) {
  const auto evidence = [](std::int64_t of_canary, std::int64_t of_stable) {
    Stream stream(7);
    Relative relative = with_reference(usual(), stream);
    stream.run(0, 5, [&](const Second& second) {
      auto canary = std::vector(second.canary.instances.begin(), second.canary.instances.end());
      auto stable = std::vector(second.stable.instances.begin(), second.stable.instances.end());
      canary[0].all.requests += 5;
      canary[0].all.errors = of_canary;
      stable[0].all.requests += 5;
      stable[0].all.errors = of_stable;
      Second changed = second;
      changed.canary.instances = canary;
      changed.stable.instances = stable;
      relative.take(changed);
    });
    return relative.log_evidence();
  };
  EXPECT_LT(evidence(0, 0), evidence(1, 0));
  EXPECT_LE(evidence(1, 0), evidence(2, 0));
  EXPECT_GT(evidence(1, 0), evidence(1, 2));
}

TEST(Relative, LooksAwayFromTimesOfAnInstanceThatIsNotWarmYet) {
  Stream stream(8);
  Relative relative = with_reference(usual(), stream);
  stream.canary.median_ms = 800;
  stream.run(0, 30, [&](const Second& second) {
    auto canary = std::vector(second.canary.instances.begin(), second.canary.instances.end());
    for (InstanceSecond& each : canary) each.age = second.at - Time(Duration(1'790'000'000'000));
    Second young = second;
    young.canary.instances = canary;
    relative.take(young);
  });
  EXPECT_LT(relative.log_evidence(), std::log(3.0));
  stream.run(30, 50, [&](const Second& second) { relative.take(second); });
  EXPECT_GE(relative.log_evidence(), std::log(100.0));
}

TEST(Relative, SeesRequestsThatHangBeforeTheyEnd) {
  Stream stream(9);
  Relative relative = with_reference(usual(), stream);
  std::int64_t hanging = 0;
  stream.run(0, 30, [&](const Second& second) {
    // All that the canary was asked hangs; after two seconds that is beyond anything normal.
    hanging += second.canary.instances[0].all.requests;
    const Histogram::Bucket ages{Histogram::index_of(Duration(2500)), hanging};
    InstanceSecond hung = second.canary.instances[0];
    hung.all = {};
    hung.in_flight = {&ages, 1};
    Second changed = second;
    changed.canary.instances = {&hung, 1};
    relative.take(changed);
  });
  EXPECT_GE(relative.log_evidence(), std::log(100.0));
}

TEST(Relative, TakesSecondsWithoutAWeightForNothing) {
  Stream stream(10);
  stream.canary = {0.9, 800, 0};
  Relative relative = with_reference(usual(), stream);
  stream.run(0, 60, [&](Second& second) {
    second.weight.reset();
    relative.take(second);
  });
  EXPECT_NEAR(relative.log_evidence(), 0, 1e-9);
}

TEST(Relative, TakesAClientThatMakesAFifthOfAllRequestsForNothing) {
  Stream stream(15);
  Relative relative = with_reference(usual(), stream);
  stream.weight = 0.24;  // of which the router was to send 0.05, of sessions
  double most = 0;
  stream.run(0, 900, [&](Second& second) {
    second.weight = 0.05;
    relative.take(second);
    most = std::max(most, relative.log_evidence());
  });
  EXPECT_LT(most, std::log(100.0));
}

TEST(Relative, GoesOnAsTheWeightRisesStepByStep) {
  Stream stream(11);
  Relative relative = with_reference(usual(), stream);
  std::int64_t second = 0;
  for (const double weight : {0.05, 0.25, 0.5}) {
    stream.weight = weight;
    stream.run(second, second + 60, [&](const Second& each) { relative.take(each); });
    second += 60;
    EXPECT_LT(relative.log_evidence(), std::log(20.0));
  }
  stream.canary.errors = 0.05;
  stream.run(second, second + 60, [&](const Second& each) { relative.take(each); });
  EXPECT_GE(relative.log_evidence(), std::log(100.0));
}

TEST(Relative, ComparesAPromotedCanaryWithWhatStableWas) {
  for (const double errors : {0.005, 0.1}) {
    Stream stream(12);
    Relative relative = with_reference(usual(), stream);
    stream.run(0, 120, [&](const Second& second) { relative.take(second); });
    relative.promote();
    const double at_promotion = relative.log_evidence();
    stream.canary.errors = errors;
    stream.run(120, 180, [&](Second& second) {
      second.canary.instances = second.stable.instances;
      auto all = std::vector(second.canary.instances.begin(), second.canary.instances.end());
      for (InstanceSecond& each : all) each.all.errors = errors > 0.05 ? each.all.requests / 3 : 0;
      second.canary.instances = all;
      second.stable.instances = {};
      relative.take(second);
    });
    if (errors > 0.05)
      EXPECT_GE(relative.log_evidence(), std::log(100.0));
    else
      EXPECT_LE(relative.log_evidence(), at_promotion + 1e-9);
  }
}

// A quarter of the requests are a session's first, and take so long in the median; the others take 80 ms.
struct Visits {
  Part all, first;
  Visits(test::Draws& draws, int requests, double first_ms) {
    for (int i = 0; i < requests; ++i) {
      const bool is_first = draws.share() < 0.25;
      const double u = std::max(1e-9, draws.share());
      const double ms = (is_first ? first_ms : 80) * std::pow(u / (1 - u), 0.35);
      all.add(ms);
      if (is_first) first.add(ms);
    }
  }
  InstanceSecond view() const {
    InstanceSecond second = all.view();
    second.betting = Outcomes{first.requests, first.errors, first.times};
    return second;
  }
};

TEST(Relative, ComparesAllRequestsWithAllOfStablesAfterPromotionThoughSessionsBetBefore) {
  for (const double first_ms : {240.0, 600.0}) {
    test::Draws draws(17);
    Relative relative(usual());
    relative.remember(Visits(draws, 30'000, 240).all.times);
    for (int second = 0; second < 300; ++second) {
      const Visits canary(draws, 30, 240), stable(draws, 70, 240);
      const InstanceSecond of_canary = canary.view(), of_stable = stable.view();
      relative.take({at(second),
                     0.3,
                     {{&of_canary, 1}, canary.first.requests},
                     {{&of_stable, 1}, stable.first.requests}});
    }
    ASSERT_LT(relative.log_evidence(), std::log(20.0));
    relative.promote();
    double most = 0;
    for (int second = 300; second < 480; ++second) {
      const Visits canary(draws, 100, first_ms);
      const InstanceSecond alone = canary.view();
      relative.take({at(second), 1, {{&alone, 1}}, {}});
      most = std::max(most, relative.log_evidence());
    }
    if (first_ms > 240)
      EXPECT_GE(most, std::log(100.0));
    else
      EXPECT_LT(most, std::log(20.0));
  }
}

TEST(Acceptance, ComesSoonWhereBothArmsAreAlikeAndNotWhereTheCanaryIsAtTheMargin) {
  for (const double errors : {0.005, 0.0125}) {
    Stream stream(14);
    stream.canary.errors = errors;
    Relative relative = with_reference(usual(), stream);
    Acceptance acceptance{Settings::Accept{}};
    stream.run(0, 500, [&](const Second& second) {
      relative.prepare();
      acceptance.take(second, relative);
      relative.take(second);
    });
    if (errors < 0.01)
      EXPECT_GE(acceptance.log_evidence(), std::log(20.0));
    else
      EXPECT_LT(acceptance.log_evidence(), std::log(20.0));
  }
}

}  // namespace
}  // namespace slipway::judge
