#include "journal/memory_journal.h"

#include <gmock/gmock.h>

#include "journal/transactions.h"

namespace slipway::journal {
namespace {

using testing::SizeIs;

TEST(MemoryJournal, RecoversWhatTheOneOnDiskWouldRecover) {
  const Folder folder;
  const auto disk = must(SqliteJournal::open(folder.file()));
  MemoryJournal memory;
  const core::Target staging{"shop", "staging"};
  std::vector<runner::Transaction> transactions;
  for (const auto& target : {shop(), staging}) {
    for (int number = 1; number <= 3; ++number) {
      auto transaction = plain(target, number);
      transaction.effects = {stop_effect(target, number, 0), stop_effect(target, number, 1)};
      if (number == 2) transaction.closes = core::EffectId{target, 1, 1};
      if (number == 3 && target == staging) transaction.event = core::HostRebooted{"0c1d"};
      transactions.push_back(transaction);
    }
  }
  for (const auto& transaction : transactions) {
    must(disk->append(transaction));
    must(memory.append(transaction));
  }
  const auto expected = must(disk->recover());
  const auto recovered = must(memory.recover());
  ASSERT_THAT(recovered, SizeIs(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(recovered[i].state, expected[i].state);
    EXPECT_EQ(recovered[i].open, expected[i].open);
  }
}

TEST(MemoryJournal, FailsAsOftenAsItWasToldAndKeepsNothingOfIt) {
  MemoryJournal journal;
  journal.fail_next(2);
  EXPECT_EQ(journal.append(plain(shop(), 1)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(journal.append(plain(shop(), 1)).error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(journal.append(plain(shop(), 1)));
  EXPECT_THAT(journal.transactions(), SizeIs(1));
}

}  // namespace
}  // namespace slipway::journal
