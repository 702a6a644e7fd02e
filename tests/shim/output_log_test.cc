#include "shim/output_log.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace slipway {
namespace {

using namespace std::chrono_literals;

constexpr Time now{1'795'433'064'123ms};
constexpr std::string_view stamp = "2026-11-23T11:24:24.123Z";

struct OutputLog : ::testing::Test {
  TempDir temp;
  std::string content(const std::string& name = "output.log") {
    return os::read_file(temp / name).value_or("-");
  }
};

TEST_F(OutputLog, CutsAStreamIntoLines) {
  shim::OutputLog log(temp / "output.log", 1 << 20, 3);
  shim::Lines out("out", log);
  out.add(now, "one\ntw");
  out.add(now, "o\n\nthree");
  out.end(now);
  out.end(now);
  EXPECT_EQ(content(), fmt::format("{0} out one\n{0} out two\n{0} out \n{0} out three\n", stamp));
}

TEST_F(OutputLog, CutsALineThatNeverEnds) {
  shim::OutputLog log(temp / "output.log", 1 << 20, 3);
  shim::Lines out("out", log);
  out.add(now, std::string(40'000, 'x'));
  out.end(now);
  const std::string all = content();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
  EXPECT_EQ(std::count(all.begin(), all.end(), 'x'), 40'000);
}

TEST_F(OutputLog, KeepsAsManyFilesAsItMay) {
  shim::OutputLog log(temp / "output.log", 60, 2);
  for (const char* line : {"first", "second", "third", "fourth", "fifth"}) log.write(now, "out", line);
  EXPECT_EQ(content(), fmt::format("{} out fifth\n", stamp));
  EXPECT_EQ(content("output.log.1"), fmt::format("{} out fourth\n", stamp));
  EXPECT_EQ(content("output.log.2"), "-");
}

TEST_F(OutputLog, GoesOnWhereAnEarlierShimStopped) {
  shim::OutputLog(temp / "output.log", 1000, 2).write(now, "out", "before");
  shim::OutputLog(temp / "output.log", 1000, 2).write(now, "out", "after");
  EXPECT_EQ(content(), fmt::format("{0} out before\n{0} out after\n", stamp));
}

TEST_F(OutputLog, CountsWhatAFullDiskRefusedAndSaysSoLater) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto old = ::signal(SIGXFSZ, SIG_IGN);
  shim::OutputLog log(temp / "output.log", 1 << 20, 3);
  log.write(now, "out", "written");
  const rlimit full{45, before.rlim_max};  // in the middle of the second line
  ::setrlimit(RLIMIT_FSIZE, &full);
  log.write(now, "out", "cut");
  log.write(now, "out", "lost");
  ::setrlimit(RLIMIT_FSIZE, &before);
  log.write(now, "out", "written again");
  ::signal(SIGXFSZ, old);
  EXPECT_EQ(content(),
            fmt::format(
                "{0} out written\n{1}\n{0} shim 2 lines were lost: they couldn't be written\n{0} out written "
                "again\n",
                stamp, stamp.substr(0, 8)));
}

TEST_F(OutputLog, DropsEverythingWhereNothingCanBeWritten) {
  shim::OutputLog log(temp / "no/such/folder/output.log", 1000, 3);
  for (int i = 0; i < 100; ++i) log.write(now, "out", "line");
  ASSERT_TRUE(os::make_dirs(temp / "no/such/folder"));
  log.write(now, "out", "line");
  EXPECT_EQ(content("no/such/folder/output.log"),
            fmt::format("{0} shim 100 lines were lost: they couldn't be written\n{0} out line\n", stamp));
}

}  // namespace
}  // namespace slipway
