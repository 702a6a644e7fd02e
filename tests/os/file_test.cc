#include "os/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/net.h"
#include "os/unix_socket.h"
#include "support/temp_dir.h"

namespace slipway {
namespace {

constexpr Duration patience{5000};

TEST(File, IsReplacedAsAWhole) {
  const TempDir temp;
  ASSERT_TRUE(os::write_atomically(temp / "file", "old and long"));
  ASSERT_TRUE(os::write_atomically(temp / "file", "new", 0640));
  EXPECT_EQ(os::read_file(temp / "file"), "new");
  struct stat info{};
  ::stat((temp / "file").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777U, 0640U);
}

TEST(File, IsLeftAloneWhenItCannotBeReplaced) {
  const TempDir temp;
  ASSERT_TRUE(os::make_dirs(temp / "file/holds"));  // a folder that isn't empty can't be replaced by a file
  EXPECT_FALSE(os::write_atomically(temp / "file", "content"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temp.path()), {}),
            1);  // nothing half done is left
  EXPECT_FALSE(os::write_atomically(temp / "no/such/folder", "content"));
}

TEST(File, ThatIsMissingOrTooLargeIsAnErrorThatNamesIt) {
  const TempDir temp;
  const auto missing = os::read_file(temp / "missing");
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing.error().message.find("missing"), std::string::npos);
  ASSERT_TRUE(os::write_atomically(temp / "large", std::string(100, 'x')));
  EXPECT_EQ(os::read_file(temp / "large", 99).error().kind, ErrorKind::invalid_input);
  EXPECT_TRUE(os::read_file(temp / "large", 100));
}

TEST(Folders, AreMadeWithAllAboveThem) {
  const TempDir temp;
  EXPECT_TRUE(os::make_dirs(temp / "a/b/c"));
  EXPECT_TRUE(os::make_dirs(temp / "a/b/c"));
  ASSERT_TRUE(os::write_atomically(temp / "a/file", ""));
  EXPECT_FALSE(os::make_dirs(temp / "a/file/d"));
  EXPECT_GT(*os::free_bytes(temp.path()), 0U);
}

TEST(Lock, IsHeldByOneAndSeenByOthers) {
  const TempDir temp;
  EXPECT_EQ(os::is_locked(temp / "lock"), false);
  {
    const auto held = os::lock_file(temp / "lock");
    ASSERT_TRUE(held);
    EXPECT_EQ(os::is_locked(temp / "lock"), true);
    EXPECT_EQ(os::lock_file(temp / "lock").error().kind, ErrorKind::conflict);
    EXPECT_EQ(os::is_locked(temp / "lock"), true);  // looking didn't take it away
  }
  EXPECT_EQ(os::is_locked(temp / "lock"), false);
}

TEST(Lock, GoesOverToAChildWithItsDescriptor) {
  const TempDir temp;
  auto pipe = os::make_socket_pair();
  auto held = os::lock_file(temp / "lock");
  const pid_t child = ::fork();
  if (child == 0) {
    pipe->ours.reset();
    ::_exit(os::await_close(pipe->theirs.get(), patience) ? 0 : 1);
  }
  held->reset();
  EXPECT_EQ(os::is_locked(temp / "lock"), true);
  pipe->ours.reset();
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(os::is_locked(temp / "lock"), false);
}

TEST(UnixSocket, IsReachedByAPathOfAnyLength) {
  const TempDir temp;
  std::filesystem::path deep = temp.path();
  for (int i = 0; i < 5; ++i) deep /= std::string(50, 'd');
  ASSERT_TRUE(os::make_dirs(deep));
  const auto listener = os::listen_unix(deep / "socket");
  ASSERT_TRUE(listener) << listener.error().message;
  const auto connection = os::connect_unix(deep / "socket");
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(os::peer(connection->get())->uid, ::geteuid());
  EXPECT_EQ(os::peer(connection->get())->pid, ::getpid());
}

TEST(UnixSocket, ThatNobodyListensOnIsNotFound) {
  const TempDir temp;
  EXPECT_EQ(os::connect_unix(temp / "socket").error().kind, ErrorKind::not_found);
  os::listen_unix(temp / "socket")->reset();  // leaves its file
  EXPECT_TRUE(std::filesystem::exists(temp / "socket"));
  EXPECT_EQ(os::connect_unix(temp / "socket").error().kind, ErrorKind::not_found);
  EXPECT_TRUE(os::listen_unix(temp / "socket"));
}

TEST(UnixSocket, GivesLinesOneByOneAndNoticesTheEnd) {
  auto pair = os::make_socket_pair();
  std::string buffer;
  ASSERT_TRUE(os::send_all(pair->theirs.get(), "one\ntwo\nthr", patience));
  EXPECT_EQ(os::receive_line(pair->ours.get(), buffer, patience), "one");
  EXPECT_EQ(os::receive_line(pair->ours.get(), buffer, patience), "two");
  EXPECT_EQ(os::receive_line(pair->ours.get(), buffer, Duration(10)).error().kind, ErrorKind::unavailable);
  pair->theirs.reset();
  EXPECT_FALSE(os::receive_line(pair->ours.get(), buffer, patience));
  EXPECT_FALSE(os::send_all(pair->ours.get(), "into the void", patience));  // and no SIGPIPE
}

}  // namespace
}  // namespace slipway
