#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "server/clock.h"
#include "server/data_directory.h"
#include "server/keeper.h"
#include "server/log_tail.h"
#include "support/temp_dir.h"
#include "support/wait.h"
#include "turning.h"

namespace slipway::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SteadyWall, NeverGoesBackWithTheWallClock) {
  Time wall{Duration(1'000'000)};
  Duration steady{500};
  SteadyWall clock([&] { return wall; }, [&] { return steady; });
  steady += Duration(1000);
  wall -= Duration(60'000);
  EXPECT_EQ(clock.jumped(), Duration(-61'000));
  EXPECT_EQ(clock.now(), Time(Duration(1'001'000)));
  EXPECT_EQ(clock.jumped(), std::nullopt);
}

TEST(SteadyWall, FollowsAJumpForward) {
  Time wall{Duration(1'000'000)};
  Duration steady{500};
  SteadyWall clock([&] { return wall; }, [&] { return steady; });
  wall += Duration(3'600'000);
  EXPECT_EQ(clock.jumped(), Duration(3'600'000));
  EXPECT_EQ(clock.now(), Time(Duration(4'600'000)));
}

TEST(SteadyWall, TakesADriftForNoJump) {
  Time wall{Duration(1'000'000)};
  Duration steady{500};
  SteadyWall clock([&] { return wall; }, [&] { return steady; });
  for (int i = 0; i < 10; ++i) {
    wall += Duration(1500);
    steady += Duration(1000);
    EXPECT_EQ(clock.jumped(), std::nullopt);
  }
  EXPECT_EQ(clock.now(), wall);
}

TEST(DataDirectory, IsHeldByOneDaemonAndNamesIt) {
  const TempDir dir;
  const auto first = DataDirectory::open(dir / "data");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const auto second = DataDirectory::open(dir / "data");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_THAT(second.error().message, HasSubstr(fmt::format("the daemon with pid {} has", ::getpid())));
}

TEST(DataDirectory, CanBeHadOnceTheFirstDaemonHasGone) {
  const TempDir dir;
  {
    ASSERT_TRUE(DataDirectory::open(dir / "data").has_value());
  }
  EXPECT_TRUE(DataDirectory::open(dir / "data").has_value());
}

TEST(DataDirectory, KnowsHowLongNoDaemonWasThere) {
  const TempDir dir;
  const auto data = DataDirectory::open(dir.path());
  EXPECT_EQ(data->untouched_for(), std::nullopt);
  data->touch();
  EXPECT_LT(*data->untouched_for(), Duration(60'000));
}

TEST(DataDirectory, ListensThroughALongPath) {
  const TempDir dir;
  const auto data = DataDirectory::open(dir / std::string(100, 'x') / std::string(100, 'y'));
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_TRUE(data->listen().has_value());
  EXPECT_TRUE(data->listen().has_value()) << "a dead daemon's socket is replaced";
}

std::vector<std::string> texts(const std::vector<LogLine>& lines) {
  std::vector<std::string> all;
  for (const LogLine& line : lines) all.push_back(line.text);
  return all;
}

constexpr auto stamp = "2026-11-23T10:44:24.123Z";

void print(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::app) << stamp << " out " << text << "\n";
}

TEST(LogTail, TellsTheLastLinesOverRotatedFiles) {
  const TempDir dir;
  print(dir / "output.log.1", "one");
  print(dir / "output.log.1", "two");
  print(dir / "output.log", "three");
  LogTail tail({7, 1}, dir / "output.log");
  EXPECT_THAT(texts(tail.last(2)),
              ElementsAre(std::string(stamp) + " 7-1 out two", std::string(stamp) + " 7-1 out three"));
}

TEST(LogTail, FollowsOverARotation) {
  const TempDir dir;
  print(dir / "output.log", "one");
  LogTail tail({7, 1}, dir / "output.log");
  EXPECT_EQ(tail.last(0).size(), 0U);
  print(dir / "output.log", "two");
  EXPECT_EQ(tail.come().size(), 1U);
  print(dir / "output.log", "three");
  std::filesystem::rename(dir / "output.log", dir / "output.log.1");
  print(dir / "output.log", "four");
  std::vector<std::string> all;
  for (int i = 0; i < 4; ++i)
    for (const std::string& line : texts(tail.come())) all.push_back(line);
  EXPECT_THAT(all, ElementsAre(HasSubstr("three"), HasSubstr("four")));
}

TEST(LogTail, KeepsAnUnfinishedLineForLater) {
  const TempDir dir;
  LogTail tail({7, 1}, dir / "output.log");
  tail.last(0);
  std::ofstream(dir / "output.log") << "half";
  EXPECT_TRUE(tail.come().empty());
  std::ofstream(dir / "output.log", std::ios::app) << " whole\n";
  EXPECT_THAT(texts(tail.come()), ElementsAre("7-1 half whole"));
}

TEST(LogTail, LinesOfManyInstancesAreInTheOrderOfTheirTimes) {
  const auto all = merged({{"2", "b"}, {"3", "c"}, {"1", "a"}, {"2", "b again"}}, 3);
  EXPECT_THAT(texts(all), ElementsAre("b", "b again", "c"));
}

TEST(WorldKeeper, RenewsALeaseUntilItIsNoLongerWanted) {
  Turning turning;
  std::atomic<int> renewals = 0;
  std::optional<drivers::Workers> workers(std::in_place);
  WorldKeeper keeper(turning.loop, *workers,
                     {.renew =
                          [&](const core::Target&, Time) {
                            ++renewals;
                            return Status{};
                          },
                      .probe = [](auto) {},
                      .renewed = [](Time) {},
                      .lapsed = [](const core::Target&, Duration) {},
                      .back = [](const core::Target&) {},
                      .suspended = [] { return false; },
                      .kept = [] {}},
                     std::nullopt);
  core::Duties duties;
  duties.lease = Duration(30);
  turning.now([&] { keeper.keep({{{"shop", "production"}, duties}}); });
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return renewals >= 3; }));
  turning.now([&] { keeper.keep({}); });
  workers.reset();
  const int after = renewals;
  turning.now([] {});
  EXPECT_EQ(renewals, after);
}

TEST(WorldKeeper, SaysThatALeaseRanOutWhileNothingCouldBeJournalled) {
  Turning turning;
  std::atomic<bool> suspended = false;
  std::atomic<int> renewals = 0;
  std::atomic<int> lapses = 0;
  std::atomic<int> back = 0;
  std::optional<drivers::Workers> workers(std::in_place);
  WorldKeeper keeper(turning.loop, *workers,
                     {.renew =
                          [&](const core::Target&, Time) {
                            ++renewals;
                            return Status{};
                          },
                      .probe = [](auto) {},
                      .renewed = [](Time) {},
                      .lapsed = [&](const core::Target&, Duration) { ++lapses; },
                      .back = [&](const core::Target&) { ++back; },
                      .suspended = [&] { return suspended.load(); },
                      .kept = [] {}},
                     std::nullopt);
  core::Duties duties;
  duties.lease = Duration(50);
  const std::map<core::Target, core::Duties> wanted{{{"shop", "production"}, duties}};
  turning.now([&] { keeper.keep(wanted); });
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return renewals >= 1; }));
  suspended = true;
  turning.now([&] { keeper.keep({}); });
  const auto later = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return std::chrono::steady_clock::now() > later; }));
  suspended = false;
  turning.now([&] { keeper.keep(wanted); });
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return lapses == 1 && back == 2; }));
  workers.reset();
}

TEST(WorldKeeper, SaysOnceThatALeaseCannotBeRenewedAndThatItIsAgain) {
  Turning turning;
  std::atomic<bool> fails = true;
  std::atomic<int> tries = 0;
  std::atomic<int> lapses = 0;
  std::atomic<int> back = 0;
  std::atomic<bool> noted = false;
  std::optional<drivers::Workers> workers(std::in_place);
  WorldKeeper keeper(turning.loop, *workers,
                     {.renew = [&](const core::Target&, Time) -> Status {
                        ++tries;
                        if (fails) return fail(ErrorKind::unavailable, "the proxy doesn't answer");
                        return {};
                      },
                      .probe = [](auto) {},
                      .renewed = [&](Time) { noted = true; },
                      .lapsed = [&](const core::Target&, Duration) { ++lapses; },
                      .back = [&](const core::Target&) { ++back; },
                      .suspended = [] { return false; },
                      .kept = [] {}},
                     Duration(1000));
  core::Duties duties;
  duties.lease = Duration(30);
  turning.now([&] { keeper.keep({{{"shop", "production"}, duties}}); });
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return tries >= 5; }));
  turning.now([] {});
  EXPECT_EQ(lapses, 1) << "by the daemon before it was renewed a second ago";
  EXPECT_EQ(back, 0);
  fails = false;
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return back == 1; }));
  EXPECT_TRUE(noted);
  turning.now([&] { keeper.keep({}); });  // nothing is renewed any more
  workers.reset();
}

}  // namespace
}  // namespace slipway::server
