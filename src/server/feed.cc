#include "server/feed.h"

#include <algorithm>
#include <chrono>

#include "base/json.h"
#include "base/log.h"
#include "server/api/problem.h"
#include "server/api/view.h"

namespace slipway::server {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto heartbeat = std::chrono::seconds(15);
constexpr int notes_at_once = 500;
constexpr int records_at_return = 3;        // queued, under way, and the one before
constexpr std::size_t most_records = 1000;  // that a client may be behind

std::string note_event(const journal::Note& note) {
  return fmt::format("id: {}\nevent: note\ndata: {}\n\n", note.id, print(note_json(note)));
}

std::string record_event(const core::TargetState& state, const core::DeploymentRecord& record) {
  Json json{{"target", target_json(state.target)}, {"record", record_json(record)}, {"stuck", nullptr}};
  if (state.deployment && state.deployment->record.number == record.number && state.deployment->stuck)
    json["stuck"] = {{"since", state.deployment->stuck->since}, {"reason", state.deployment->stuck->reason}};
  return fmt::format("event: record\ndata: {}\n\n", print(json));
}

}  // namespace

struct Feed::Readers {
  std::vector<Subscription*> all;
};

class Feed::Subscription final : public Stream {
 public:
  Subscription(journal::SqliteJournal& journal, std::shared_ptr<Readers> readers,
               std::optional<core::Target> target, std::int64_t after)
      : journal_(journal), readers_(std::move(readers)), target_(std::move(target)), after_(after) {
    readers_->all.push_back(this);
  }
  ~Subscription() override { std::erase(readers_->all, this); }

  bool follows(const core::Target& target) const { return !target_ || *target_ == target; }

  void offer(std::string record) {
    overrun_ = overrun_ || records_.size() >= most_records;
    if (!overrun_) records_.push_back(std::move(record));
  }

  void wake() {
    news_ = true;
    if (wake_) wake_();
  }

  std::optional<std::string> next() override {
    if (overrun_) return std::nullopt;
    std::string text;
    while (news_ && text.empty()) {
      const auto notes = journal_.notes_after(after_, notes_at_once);
      if (!notes) {
        log_warning("an event stream ends: {}", notes.error().message);
        return std::nullopt;
      }
      for (const journal::Note& note : *notes) {
        after_ = note.id;
        if (follows(note.target)) text += note_event(note);
      }
      news_ = notes->size() == notes_at_once;
    }
    // A record comes after the notes of its event.
    if (!news_)
      for (const std::string& record : std::exchange(records_, {})) text += record;
    const auto now = Steady::now();
    if (text.empty() && now - spoke_ >= heartbeat) text = ":\n\n";
    if (!text.empty()) spoke_ = now;
    return text;
  }

  Duration patience() const override {
    const auto left = std::chrono::ceil<Duration>(heartbeat - (Steady::now() - spoke_));
    return std::max(left, Duration(1));
  }

  void wake_with(std::function<void()> wake) override { wake_ = std::move(wake); }

 private:
  journal::SqliteJournal& journal_;
  std::shared_ptr<Readers> readers_;
  std::optional<core::Target> target_;
  std::int64_t after_;
  bool news_ = true;
  bool overrun_ = false;
  std::vector<std::string> records_;
  Steady::time_point spoke_ = Steady::now();
  std::function<void()> wake_;
};

Feed::Feed(journal::SqliteJournal& journal, const runner::Runner& runner)
    : journal_(journal), runner_(runner), readers_(std::make_shared<Readers>()) {}

Feed::~Feed() = default;

Result<std::unique_ptr<Stream>> Feed::subscribe(std::optional<core::Target> target,
                                                std::optional<std::int64_t> after) {
  std::int64_t from = after.value_or(0);
  if (!after) {
    TRY(from, journal_.last_note());
  }
  auto made = std::make_unique<Subscription>(journal_, readers_, std::move(target), from);
  if (after)
    for (const auto& [each, state] : runner_.targets()) {
      if (!made->follows(each)) continue;
      TRY(const auto newest, journal_.history(each, records_at_return));
      for (auto record = newest.rbegin(); record != newest.rend(); ++record)
        made->offer(record_event(state, *record));
    }
  return made;
}

void Feed::publish(const runner::Transaction& transaction) {
  if (transaction.notes.empty() && transaction.records.empty()) return;
  for (Subscription* reader : readers_->all) {
    if (!reader->follows(transaction.target)) continue;
    for (const core::DeploymentRecord& record : transaction.records)
      reader->offer(record_event(transaction.state, record));
    reader->wake();
  }
}

}  // namespace slipway::server
