#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "journal/transactions.h"

// What the disk does to a journal: no space, no permission, a kill in the middle.
namespace slipway::journal {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr int not_permitted = 77;

runner::Transaction large(std::int64_t number) {
  auto transaction = plain(shop(), number);
  transaction.notes = {core::Note{std::string(20'000, 'n')}};
  transaction.effects = {stop_effect(shop(), number, 0)};
  return transaction;
}

// Appends until it fails; the number of events that were acknowledged.
std::int64_t fill(SqliteJournal& journal, Status& failure) {
  std::int64_t number = 0;
  while (number < 10'000) {
    failure = journal.append(large(number + 1));
    if (!failure) break;
    ++number;
  }
  return number;
}

void expect_only(SqliteJournal& journal, std::int64_t events) {
  const auto size = static_cast<std::size_t>(events);
  EXPECT_THAT(must(journal.events(shop())), SizeIs(size));
  EXPECT_THAT(must(journal.notes(shop(), 0)), SizeIs(size));
  const auto recovered = must(journal.recover());
  ASSERT_THAT(recovered, SizeIs(1));
  EXPECT_EQ(recovered[0].state.events, events);
  EXPECT_THAT(recovered[0].open, SizeIs(size));
}

// Runs `test` in a child of its own; its exit status.
template <class Test>
int in_a_child(Test test) {
  const pid_t child = fork();
  if (child == 0) {
    const int status = test();
    _exit(testing::Test::HasFailure() ? 1 : status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// An empty file system of `size` at `place`, for this process alone; false where that isn't permitted.
bool mount_for_me(const std::filesystem::path& place, const char* size) {
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
  }
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("tmpfs", place.c_str(), "tmpfs", 0, size) == 0;
}

TEST(JournalOnAFullDisk, WritesNothingSaysSoAndGoesOnOnceThereIsSpace) {
  const Folder folder;
  const int status = in_a_child([&] {
    if (!mount_for_me(folder.path(), "size=2m")) return not_permitted;
    const auto ballast = folder.path() / "ballast";
    std::ofstream(ballast) << std::string(700'000, 'b');
    const auto journal = must(SqliteJournal::open(folder.file()));
    Status failure;
    const std::int64_t written = fill(*journal, failure);
    EXPECT_FALSE(failure);
    EXPECT_EQ(failure.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(failure.error().message, HasSubstr("the journal can't be written: database or disk is full"));
    expect_only(*journal, written);
    EXPECT_FALSE(journal->append(large(written + 1)));

    std::filesystem::remove(ballast);
    must(journal->append(large(written + 1)));
    expect_only(*journal, written + 1);
    return 0;
  });
  if (status == not_permitted) GTEST_SKIP() << "mounting isn't permitted here";
  EXPECT_EQ(status, 0);
}

TEST(JournalOnAReadOnlyDisk, SaysSoWhenItIsOpened) {
  const Folder folder;
  const int status = in_a_child([&] {
    if (!mount_for_me(folder.path(), "size=2m")) return not_permitted;
    must(must(SqliteJournal::open(folder.file()))->append(large(1)));
    if (mount("tmpfs", folder.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return not_permitted;
    const auto opened = SqliteJournal::open(folder.file());
    EXPECT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(opened.error().message, HasSubstr("Read-only file system"));

    EXPECT_EQ(mount("tmpfs", folder.path().c_str(), "tmpfs", MS_REMOUNT, nullptr), 0);
    must(must(SqliteJournal::open(folder.file()))->append(large(2)));
    return 0;
  });
  if (status == not_permitted) GTEST_SKIP() << "mounting isn't permitted here";
  EXPECT_EQ(status, 0);
}

TEST(JournalThatCannotGrow, WritesNothingSaysWhyAndGoesOnOnceItCan) {
  const Folder folder;
  const int status = in_a_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const auto journal = must(SqliteJournal::open(folder.file()));
    rlimit limit{400'000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    Status failure;
    const std::int64_t written = fill(*journal, failure);
    EXPECT_FALSE(failure);
    EXPECT_EQ(failure.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(failure.error().message,
                HasSubstr("the journal can't be written: disk I/O error: File too large"));
    expect_only(*journal, written);

    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    must(journal->append(large(written + 1)));
    expect_only(*journal, written + 1);
    return 0;
  });
  EXPECT_EQ(status, 0);
}

TEST(JournalThatAnotherProgramHolds, IsUnavailableUntilItLetsGo) {
  const Folder folder;
  const auto journal = must(SqliteJournal::open(folder.file()));
  must(journal->append(plain(shop(), 1)));
  SQLite::Database other(folder.file().string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const auto refused = journal->append(plain(shop(), 2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("close the other program"));
  other.exec("ROLLBACK");
  must(journal->append(plain(shop(), 2)));
}

// Reads the numbers that a child acknowledges, until it has ended; kills it after `kill_after` of them.
std::int64_t last_acknowledged(int pipe, pid_t child, int kill_after) {
  std::int64_t last = 0;
  std::int64_t number = 0;
  int count = 0;
  while (read(pipe, &number, sizeof number) == static_cast<ssize_t>(sizeof number)) {
    last = number;
    if (++count == kill_after) kill(child, SIGKILL);
  }
  waitpid(child, nullptr, 0);
  return last;
}

TEST(JournalOfAKilledProcess, HoldsEveryAcknowledgedEventAndTheStateOfTheLast) {
  const Folder folder;
  std::int64_t before = 0;
  for (int round = 0; round < 10; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      const auto journal = must(SqliteJournal::open(folder.file()));
      for (std::int64_t number = before + 1;; ++number) {
        auto transaction = large(number);
        if (number > 1) transaction.closes = core::EffectId{shop(), number - 1, 0};
        must(journal->append(transaction));
        if (write(ends[1], &number, sizeof number) < 0) _exit(1);
      }
    }
    close(ends[1]);
    const std::int64_t acknowledged = last_acknowledged(ends[0], child, 5 + round * 7);
    close(ends[0]);
    ASSERT_GT(acknowledged, before);

    const auto journal = must(SqliteJournal::open(folder.file()));
    const auto recovered = must(journal->recover());
    ASSERT_THAT(recovered, SizeIs(1));
    const std::int64_t last = recovered[0].state.events;
    EXPECT_GE(last, acknowledged);
    EXPECT_LE(last, acknowledged + 1);
    EXPECT_THAT(must(journal->events(shop())), SizeIs(static_cast<std::size_t>(last)));
    EXPECT_THAT(must(journal->notes(shop(), 0)), SizeIs(static_cast<std::size_t>(last)));
    ASSERT_THAT(recovered[0].open, SizeIs(1));
    EXPECT_EQ(recovered[0].open[0].id.event, last);
    before = last;
  }
}

}  // namespace
}  // namespace slipway::journal
