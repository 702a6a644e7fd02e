#include <gmock/gmock.h>

#include "journal/transactions.h"

namespace slipway::journal {
namespace {

using testing::HasSubstr;

const std::string first_digest(64, 'a');
const std::string other_digest(64, 'b');

TEST(Releases, TheSameReleaseAgainHasTheSameRevision) {
  const Folder folder;
  const auto journal = must(SqliteJournal::open(folder.file()));
  const auto first = must(journal->add_release("shop", "1.0.0", first_digest, "service: shop", "ada", at(1)));
  const auto again = must(journal->add_release("shop", "1.0.0", first_digest, "service: shop", "bob", at(2)));
  EXPECT_EQ(first.release.revision, 1);
  EXPECT_EQ(again.release, first.release);
  EXPECT_EQ(again.by, "ada");
  EXPECT_EQ(again.created, at(1));
}

TEST(Releases, AnotherConfigurationOfTheSameArtifactIsANewRevision) {
  const Folder folder;
  const auto journal = must(SqliteJournal::open(folder.file()));
  must(journal->add_release("shop", "1.0.0", first_digest, "one", "ada", at(1)));
  EXPECT_EQ(must(journal->add_release("shop", "1.0.0", first_digest, "two", "ada", at(2))).release.revision,
            2);
  EXPECT_EQ(must(journal->add_release("shop", "1.0.0", first_digest, "one", "ada", at(3))).release.revision,
            1);
  EXPECT_EQ(must(journal->release("shop", 2))->config, "two");
  EXPECT_EQ(must(journal->release("shop", 3)), std::nullopt);
}

TEST(Releases, AVersionWithAnotherArtifactIsAConflictThatNamesTheRevision) {
  const Folder folder;
  const auto journal = must(SqliteJournal::open(folder.file()));
  must(journal->add_release("shop", "0.9.0", other_digest, "one", "ada", at(1)));
  must(journal->add_release("shop", "1.0.0", first_digest, "one", "ada", at(2)));
  const auto added = journal->add_release("shop", "1.0.0", other_digest, "one", "ada", at(3));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::conflict);
  EXPECT_THAT(added.error().message, HasSubstr("version 1.0.0 of shop is revision 2 already"));
  EXPECT_EQ(must(journal->releases("shop")).size(), 2U);
}

TEST(Releases, EachServiceCountsItsOwnNewestFirst) {
  const Folder folder;
  const auto journal = must(SqliteJournal::open(folder.file()));
  must(journal->add_release("shop", "1.0.0", first_digest, "one", "ada", at(1)));
  must(journal->add_release("shop", "1.1.0", other_digest, "one", "ada", at(2)));
  EXPECT_EQ(must(journal->add_release("blog", "1.0.0", other_digest, "one", "ada", at(3))).release.revision,
            1);
  const auto all = must(journal->releases("shop"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].release, (core::Release{2, "1.1.0", other_digest}));
  EXPECT_EQ(all[1].release, (core::Release{1, "1.0.0", first_digest}));
  EXPECT_EQ(must(journal->digest_of("shop", "1.1.0")), other_digest);
  EXPECT_EQ(must(journal->digest_of("shop", "2.0.0")), std::nullopt);
}

}  // namespace
}  // namespace slipway::journal
