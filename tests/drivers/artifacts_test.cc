#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "drivers/artifacts/store.h"
#include "support/temp_dir.h"

namespace slipway::drivers {
namespace {

namespace fs = std::filesystem;

// One entry of an archive that a test makes up, right or wrong.
struct Made {
  std::string name;
  unsigned type = AE_IFREG;
  std::string content{};  // of a file; of links the target
  bool hard = false;
  int mode = 0644;
};

enum class Format { tar, tar_gz, zip };

fs::path make_archive(const fs::path& path, const std::vector<Made>& entries, Format format = Format::tar) {
  archive* writer = archive_write_new();
  if (format == Format::zip)
    archive_write_set_format_zip(writer);
  else
    archive_write_set_format_gnutar(writer);
  if (format == Format::tar_gz) archive_write_add_filter_gzip(writer);
  EXPECT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const Made& made : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_copy_pathname(entry, made.name.c_str());
    archive_entry_set_filetype(entry, made.type);
    archive_entry_set_perm(entry, static_cast<mode_t>(made.mode));
    if (made.hard) archive_entry_copy_hardlink(entry, made.content.c_str());
    if (made.type == AE_IFLNK) archive_entry_copy_symlink(entry, made.content.c_str());
    const bool file = made.type == AE_IFREG && !made.hard;
    if (file) archive_entry_set_size(entry, static_cast<la_int64_t>(made.content.size()));
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK) << archive_error_string(writer);
    if (file) {
      EXPECT_GE(archive_write_data(writer, made.content.data(), made.content.size()), 0);
    }
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK);
  archive_write_free(writer);
  return path;
}

void write(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << content;
}

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int mode(const fs::path& path) {
  struct stat seen{};
  EXPECT_EQ(::lstat(path.c_str(), &seen), 0) << path;
  return static_cast<int>(seen.st_mode & 07777U);
}

std::vector<std::string> names(const fs::path& dir) {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(dir)) all.push_back(entry.path().filename());
  std::sort(all.begin(), all.end());
  return all;
}

const std::vector<Made> shop_archive{
    {"./", AE_IFDIR, "", false, 0755},    {"./shop", AE_IFREG, "#!/bin/sh\n", false, 0755},
    {"./share/text", AE_IFREG, "hello"},  {"./share/empty/", AE_IFDIR, "", false, 0700},
    {"./latest", AE_IFLNK, "share/text"}, {"./caf\xc3\xa9", AE_IFREG, "1"}};

class Artifacts : public testing::Test {
 protected:
  Artifacts() : store(*ArtifactStore::open(dir / "artifacts")) {}

  ~Artifacts() override {
    EXPECT_TRUE(store.collect({}));  // read-only directories would stay behind
  }

  Result<std::string> add(const std::vector<Made>& entries, Format format = Format::tar) {
    return store.add_archive(make_archive(store.incoming() / "upload", entries, format));
  }

  TempDir dir;
  ArtifactStore store;
};

TEST_F(Artifacts, AreUnpackedUnderTheirDigestReadOnly) {
  const auto digest = add(shop_archive);
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_TRUE(store.has(*digest));
  const fs::path root = store.path(*digest);
  EXPECT_EQ(root.filename(), *digest);
  EXPECT_EQ(content(root / "share/text"), "hello");
  EXPECT_EQ(content(root / "caf\xc3\xa9"), "1");
  EXPECT_EQ(fs::read_symlink(root / "latest"), "share/text");
  EXPECT_EQ(mode(root), 0555);
  EXPECT_EQ(mode(root / "share/empty"), 0555);
  EXPECT_EQ(mode(root / "shop"), 0555);
  EXPECT_EQ(mode(root / "share/text"), 0444);
}

TEST_F(Artifacts, HaveOneDigestHoweverTheyWerePacked) {
  const auto tar = add(shop_archive);
  const auto compressed = add(shop_archive, Format::tar_gz);
  const auto zip = add(shop_archive, Format::zip);
  const std::vector<Made> turned(shop_archive.rbegin(), shop_archive.rend());
  const auto other_order = add(turned);
  ASSERT_TRUE(tar);
  EXPECT_EQ(compressed, tar);
  EXPECT_EQ(zip, tar);
  EXPECT_EQ(other_order, tar);
}

TEST_F(Artifacts, HaveTheDigestOfTheDirectoryTheyWereMadeFrom) {
  const fs::path tree = dir / "tree";
  write(tree / "shop", "#!/bin/sh\n");
  fs::permissions(tree / "shop", fs::perms(0755));
  write(tree / "share/text", "hello");
  fs::create_directories(tree / "share/empty");
  fs::create_symlink("share/text", tree / "latest");
  write(tree / "caf\xc3\xa9", "1");
  const auto of_tree = digest_tree(tree);
  ASSERT_TRUE(of_tree) << of_tree.error().message;
  EXPECT_EQ(of_tree, add(shop_archive));
  EXPECT_EQ(digest_tree(store.path(*of_tree)), of_tree);
}

TEST(ArtifactDigest, ChangesWithEverythingThatCounts) {
  const TempDir dir;
  const auto digest = [&] { return *digest_tree(dir.path()); };
  write(dir / "a", "1");
  std::set<std::string> seen{digest()};
  const auto is_new = [&] { return seen.insert(digest()).second; };
  write(dir / "a", "2");
  EXPECT_TRUE(is_new());
  fs::permissions(dir / "a", fs::perms(0755));
  EXPECT_TRUE(is_new());
  fs::create_directory(dir / "b");
  EXPECT_TRUE(is_new());
  fs::create_symlink("a", dir / "c");
  EXPECT_TRUE(is_new());
  fs::remove(dir / "c");
  fs::create_symlink("b", dir / "c");
  EXPECT_TRUE(is_new());
  fs::rename(dir / "a", dir / "A");
  EXPECT_TRUE(is_new());
  fs::permissions(dir / "A", fs::perms(0700));
  fs::last_write_time(dir / "A", fs::file_time_type());
  EXPECT_FALSE(is_new());
}

TEST(ArtifactDigest, IsRefusedForWhatIsNoFile) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  const auto digest = digest_tree(dir.path());
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().kind, ErrorKind::invalid_input);
  EXPECT_FALSE(digest_tree(dir / "nowhere"));
}

TEST_F(Artifacts, MayHoldLinksThatStayInside) {
  const auto digest = add({{"bin/run", AE_IFREG, "x", false, 0755},
                           {"bin/again", AE_IFREG, "bin/run", true},
                           {"lib/up", AE_IFLNK, "../bin/run"},
                           {"here", AE_IFLNK, "."},
                           {"missing", AE_IFLNK, "not/there"},
                           {"circle", AE_IFLNK, "circle"}});
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_EQ(content(store.path(*digest) / "bin/again"), "x");
  EXPECT_EQ(mode(store.path(*digest) / "bin/again"), 0555);
}

struct Broken {
  const char* situation;
  std::vector<Made> entries;
  const char* message;
};

class BrokenArchive : public Artifacts, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenArchive, IsRefusedAndLeavesNothing) {
  write(dir / "outside", "precious");
  const auto digest = add(GetParam().entries);
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(digest.error().message, GetParam().message);
  EXPECT_EQ(names(dir / "artifacts"), std::vector<std::string>{"incoming"});
  EXPECT_EQ(content(dir / "outside"), "precious");
}

const Made good{"shop", AE_IFREG, "x", false, 0755};

INSTANTIATE_TEST_SUITE_P(
    All, BrokenArchive,
    testing::Values(Broken{"AbsolutePath",
                           {good, {"/etc/evil", AE_IFREG, "x"}},
                           "\"/etc/evil\" is an absolute path: pack it relative to the artifact's folder"},
                    Broken{"PathLeadsUp",
                           {good, {"../../outside", AE_IFREG, "x"}},
                           "\"../../outside\" leads outside the artifact: pack it without \"..\""},
                    Broken{"PathLeadsUpAndBack",
                           {good, {"a/../b", AE_IFREG, "x"}},
                           "\"a/../b\" leads outside the artifact: pack it without \"..\""},
                    Broken{"AbsoluteLink",
                           {good, {"link", AE_IFLNK, "/etc/passwd"}},
                           "\"link\" is a link that leads outside the artifact, to \"/etc/passwd\""},
                    Broken{"LinkLeadsUp",
                           {good, {"a/link", AE_IFLNK, "../../outside"}},
                           "\"a/link\" is a link that leads outside the artifact, to \"../../outside\""},
                    Broken{"LinkLeadsUpThroughAnother",
                           {good, {"a/up", AE_IFLNK, ".."}, {"b", AE_IFLNK, "a/up/../outside"}},
                           "\"b\" is a link that leads outside the artifact, to \"a/up/../outside\""},
                    Broken{"FileThroughALink",
                           {good, {"a", AE_IFLNK, "."}, {"a/b", AE_IFREG, "x"}},
                           "\"a/b\" lies below \"a\", which is not a directory"},
                    Broken{"FileOverALink",
                           {good, {"a", AE_IFLNK, "shop"}, {"a", AE_IFREG, "x"}},
                           "\"a\" is in the archive twice"},
                    Broken{"HardLinkOut",
                           {good, {"hard", AE_IFREG, "../outside", true}},
                           "\"../outside\" leads outside the artifact: pack it without \"..\""},
                    Broken{"AbsoluteHardLink",
                           {good, {"hard", AE_IFREG, "/etc/passwd", true}},
                           "\"/etc/passwd\" is an absolute path: pack it relative to the artifact's folder"},
                    Broken{"HardLinkToNothing",
                           {good, {"hard", AE_IFREG, "gone", true}},
                           "\"hard\" is a hard link to \"gone\", which is no file of the archive"},
                    Broken{"HardLinkToALink",
                           {good, {"soft", AE_IFLNK, "shop"}, {"hard", AE_IFREG, "soft", true}},
                           "\"hard\" is a hard link to \"soft\", which is no file of the archive"},
                    Broken{"CharacterDevice",
                           {good, {"null", AE_IFCHR}},
                           "\"null\" is a device: an artifact holds files, directories and links only"},
                    Broken{"BlockDevice",
                           {good, {"disk", AE_IFBLK}},
                           "\"disk\" is a device: an artifact holds files, directories and links only"},
                    Broken{"NamedPipe",
                           {good, {"pipe", AE_IFIFO}},
                           "\"pipe\" is a named pipe: an artifact holds files, directories and links only"},
                    Broken{"Empty", {}, "the archive is empty: there is nothing to run"},
                    Broken{"OnlyItsOwnFolder",
                           {{"./", AE_IFDIR, "", false, 0755}},
                           "the archive is empty: there is nothing to run"}),
    [](const auto& broken) { return broken.param.situation; });

TEST_F(Artifacts, AreRefusedWhenTheFileIsNoArchive) {
  write(store.incoming() / "upload", "this is not an archive, however long it may be\n");
  const auto text = store.add_archive(store.incoming() / "upload");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(text.error().message, "not a tar or zip archive: Unrecognized archive format");

  write(store.incoming() / "upload", "");
  const auto empty = store.add_archive(store.incoming() / "upload");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error(), (Error{ErrorKind::invalid_input, "the archive is an empty file"}));

  const auto missing = store.add_archive(store.incoming() / "nowhere");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
}

TEST_F(Artifacts, AreRefusedWhenTheArchiveWasCutShort) {
  for (const Format format : {Format::tar, Format::tar_gz, Format::zip}) {
    std::string noise;
    for (unsigned i = 0, x = 1; i < 100'000; ++i)
      noise += static_cast<char>((x = x * 1664525U + 1013904223U) >> 24U);
    const fs::path path =
        make_archive(store.incoming() / "upload", {good, {"noise", AE_IFREG, noise}}, format);
    fs::resize_file(path, fs::file_size(path) / 2);
    const auto digest = store.add_archive(path);
    ASSERT_FALSE(digest);
    EXPECT_EQ(digest.error().kind, ErrorKind::invalid_input);
    EXPECT_TRUE(digest.error().message.starts_with("the archive is damaged or cut short") ||
                digest.error().message.starts_with("not a tar or zip archive"))
        << digest.error().message;
  }
  EXPECT_EQ(names(dir / "artifacts"), std::vector<std::string>{"incoming"});
}

TEST_F(Artifacts, AreRefusedWhenTheyUnpackToMoreThanTheLimit) {
  const fs::path path = make_archive(
      store.incoming() / "upload",
      {{"a", AE_IFREG, std::string(600, 'a')}, {"b", AE_IFREG, std::string(600, 'b')}}, Format::tar_gz);
  EXPECT_TRUE(store.add_archive(path, 1200));
  const auto digest = store.add_archive(path, 1199);
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error(),
            (Error{ErrorKind::invalid_input,
                   "the archive unpacks to more than 1199 bytes, which is the most; \"b\" is one too many"}));
}

TEST_F(Artifacts, MayBeAddedTwiceAtOnce) {
  const fs::path path = make_archive(store.incoming() / "upload", shop_archive);
  std::array<Result<std::string>, 8> digests;
  std::vector<std::jthread> adders;
  for (auto& digest : digests) adders.emplace_back([&] { digest = store.add_archive(path); });
  adders.clear();
  for (const auto& digest : digests) {
    ASSERT_TRUE(digest) << digest.error().message;
    EXPECT_EQ(digest, digests[0]);
  }
  EXPECT_EQ(names(dir / "artifacts"), (std::vector<std::string>{*digests[0], "incoming"}));
}

TEST_F(Artifacts, AreCollectedUnlessNeeded) {
  const auto kept = add(shop_archive);
  const auto dropped = add({good, {"deep/er/file", AE_IFREG, "x"}, {"deep/link", AE_IFLNK, "er"}});
  ASSERT_TRUE(kept && dropped);
  EXPECT_EQ(store.collect({*kept}), 1);
  EXPECT_TRUE(store.has(*kept));
  EXPECT_FALSE(store.has(*dropped));
  EXPECT_EQ(store.collect({*kept}), 0);
  EXPECT_EQ(names(dir / "artifacts"), (std::vector<std::string>{*kept, "incoming"}));
}

TEST_F(Artifacts, AreKnownByTheirDigestAlone) {
  EXPECT_FALSE(store.has(""));
  EXPECT_FALSE(store.has(".."));
  EXPECT_FALSE(store.has("incoming"));
  EXPECT_FALSE(store.has(std::string(64, 'a')));
}

TEST_F(Artifacts, OutliveTheDaemonAndHalfDoneOnesDoNot) {
  const auto digest = add(shop_archive);
  ASSERT_TRUE(digest);
  write(dir / "artifacts/.unpacking-abc/dir/half", "x");
  fs::permissions(dir / "artifacts/.unpacking-abc/dir", fs::perms(0555));
  write(dir / "artifacts/.removing-def/half", "x");
  write(store.incoming() / "upload", "half");
  const auto again = ArtifactStore::open(dir / "artifacts");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->has(*digest));
  EXPECT_EQ(names(dir / "artifacts"), (std::vector<std::string>{*digest, "incoming"}));
  EXPECT_TRUE(names(store.incoming()).empty());
}

TEST(ArtifactStore, WorksBehindALink) {
  const TempDir dir;
  fs::create_directory(dir / "real");
  fs::create_directory_symlink(dir / "real", dir / "link");
  auto store = ArtifactStore::open(dir / "link");
  ASSERT_TRUE(store);
  const auto digest = store->add_archive(make_archive(store->incoming() / "upload", shop_archive));
  EXPECT_TRUE(digest) << digest.error().message;
  EXPECT_TRUE(store->collect({}));
}

TEST(ArtifactStore, SaysWhatIsWrongWithItsFolder) {
  const TempDir dir;
  write(dir / "file", "x");
  const auto store = ArtifactStore::open(dir / "file");
  ASSERT_FALSE(store);
  EXPECT_TRUE(store.error().message.starts_with("cannot create")) << store.error().message;
}

}  // namespace
}  // namespace slipway::drivers
