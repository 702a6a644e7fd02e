#pragma once

#include <memory>
#include <vector>

#include "journal/sqlite_journal.h"
#include "runner/runner.h"
#include "server/api/api.h"

namespace slipway::server {

// Server-sent events: notes as the journal has them, so that a client that was away misses none; records as
// they come, and, for a client that comes back, each target's newest ones first.
class Feed final : public Events {
 public:
  Feed(journal::SqliteJournal& journal, const runner::Runner& runner);
  ~Feed() override;

  Result<std::unique_ptr<Stream>> subscribe(std::optional<core::Target> target,
                                            std::optional<std::int64_t> after) override;
  // Call after every durable transaction.
  void publish(const runner::Transaction& transaction);

 private:
  class Subscription;
  struct Readers;
  journal::SqliteJournal& journal_;
  const runner::Runner& runner_;
  std::shared_ptr<Readers> readers_;
};

}  // namespace slipway::server
