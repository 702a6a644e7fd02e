#include "drivers/telemetry/tally.h"

#include <algorithm>
#include <utility>

namespace slipway::drivers::telemetry {
namespace {

// A number smaller than the last one by at most this is a record that came late; by more, another process
// that was given the same pid.
constexpr std::int64_t most_late = 10'000;

// What the proxy's clock may seem to go back by: it is corrected by less now and then.
constexpr Duration unremarkable{2'000};

bool is_error(const Record& record) {
  return record.failed || record.status >= 500;
}

void count(judge::Cell& cell, const Record& record) {
  if (record.weight == 0) return;
  ++cell.recorded;
  if (record.left) {
    cell.left += record.weight;
    return;
  }
  cell.requests += record.weight;
  cell.by_class.at(static_cast<std::size_t>(record.status) / 100) += record.weight;
  cell.times.add(record.took, record.weight);
  if (!is_error(record)) return;
  cell.errors += record.weight;
  if (record.failed) cell.failures += record.weight;
  cell.first_error = std::min(cell.first_error.value_or(record.asked), record.asked);
}

template <class Map>
auto least_recent(Map& map) {
  return std::ranges::min_element(map, {}, [](const auto& entry) { return entry.second.touched; });
}

}  // namespace

void Tally::add(const Record& record) {
  ++clock_;
  ++received_;
  if (!is_new(record)) return;
  Backend& to = backend(record.backend);
  to.touched = clock_;
  ++to.recorded;
  if (record.asked == Time{}) return;
  tell_time(record);
  if (record.preview) return;
  to.last_request = std::max(to.last_request.value_or(record.asked), record.asked);
  judge::Cell* const found = cell(to, record.asked, record.slot);
  if (found == nullptr) return;
  count(*found, record);
  if (const auto followed = followed_.find(record.frontend); followed != followed_.end())
    bet(*found, followed->second, record);
}

void Tally::add(Refused why) {
  switch (why) {
    case Refused::forged:
      ++forged_;
      break;
    case Refused::malformed:
      ++malformed_;
      break;
    case Refused::notice:
      break;
  }
}

void Tally::follow_sessions(const std::string& frontend, judge::Sessions fresh) {
  followed_.insert_or_assign(frontend, Followed{std::move(fresh), {}, 1});
}

void Tally::forget_sessions(const std::string& frontend) {
  followed_.erase(frontend);
}

void Tally::bet(judge::Cell& cell, Followed& followed, const Record& record) {
  using Outcome = judge::Sessions::Outcome;
  constexpr Duration settling{2'000};
  if (!cell.betting) cell.betting.emplace();
  if (record.canary_weight > 0) {
    if (!followed.since) followed.since = record.asked;
    // The rate of before is told anew as the first user comes.
    const bool settles = record.asked < *followed.since + settling;
    followed.most_one_in =
        settles ? record.stable_one_in : std::max(followed.most_one_in, record.stable_one_in);
  }
  if (record.left || record.slot == 0) return;
  judge::Sessions::Bets bets{true, true, is_error(record)};
  judge::Routed routed{record.canary_weight, record.stable_one_in};
  if (record.session) {
    if (!is_recorded_whole(*record.session, followed.most_one_in)) return;
    // The lowest bit is not for telling sessions apart.
    bets = followed.sessions.see(std::uint64_t{*record.session} << 1U,
                                 is_error(record) ? Outcome::error : Outcome::answered);
    routed.one_in = 1;
  } else if (!record.alone || record.weight == 0) {
    return;
  }
  judge::Betting& betting = (*cell.betting)[routed];
  betting.newest = std::max(betting.newest, record.asked);
  if (bets.count) ++betting.requests;
  if (bets.error) ++betting.errors;
  if (!bets.time) return;
  ++betting.sessions;
  betting.times.add(record.took);
}

Telemetry::Batch Tally::take() {
  Telemetry::Batch batch;
  for (auto& [name, backend] : backends_) {
    if (backend.recorded == 0) continue;
    batch.backends.emplace(name,
                           Telemetry::Batch::Backend{std::exchange(backend.cells, {}), backend.recorded});
    backend.recorded = 0;
  }
  batch.received = std::exchange(received_, 0);
  batch.newest = std::exchange(newest_, std::nullopt);
  batch.put_back = std::exchange(put_back_, Duration::zero());
  batch.lost = std::exchange(lost_, 0);
  batch.repeated = std::exchange(repeated_, 0);
  batch.forged = std::exchange(forged_, 0);
  batch.malformed = std::exchange(malformed_, 0);
  return batch;
}

std::optional<Time> Tally::last_request(std::string_view backend) const {
  const auto found = backends_.find(backend);
  return found == backends_.end() ? std::nullopt : found->second.last_request;
}

Tally::Backend& Tally::backend(std::string_view name) {
  const auto found = backends_.find(name);
  if (found != backends_.end()) return found->second;
  if (backends_.size() >= most_backends) {
    const auto oldest = least_recent(backends_);
    for (const auto& [second, cells] : oldest->second.cells) give_up(cells);
    backends_.erase(oldest);
  }
  return backends_[std::string(name)];
}

// Nothing where the record is older than everything that there is room for.
judge::Cell* Tally::cell(Backend& backend, Time asked, int slot) {
  const Time second = std::chrono::floor<std::chrono::seconds>(asked);
  const auto found = backend.cells.find(second);
  if (found != backend.cells.end()) return &found->second[slot];
  if (backend.cells.size() >= most_seconds) {
    const auto oldest = backend.cells.begin();
    if (second < oldest->first) {
      ++lost_;
      return nullptr;
    }
    give_up(oldest->second);
    backend.cells.erase(oldest);
  }
  return &backend.cells[second][slot];
}

void Tally::give_up(const Seconds::mapped_type& second) {
  for (const auto& [slot, cell] : second) lost_ += cell.recorded;
}

void Tally::Numbers::begin(std::int64_t first) {
  last = first;
  came.reset();
  came.set(static_cast<std::size_t>(first % remembered));
}

bool Tally::Numbers::see(std::int64_t number) {
  if (number - last >= remembered) {
    begin(number);
    return true;
  }
  while (last < number) came.reset(static_cast<std::size_t>(++last % remembered));
  if (last - number >= remembered) return true;
  const auto bit = static_cast<std::size_t>(number % remembered);
  const bool again = came.test(bit);
  came.set(bit);
  return !again;
}

// A record is written when its request ends, and so none ends before another was asked that was written
// first: unless the clock was put back. From there on it is the clock that is believed.
void Tally::tell_time(const Record& record) {
  newest_ = std::max(newest_.value_or(record.asked), record.asked);
  const Duration behind = clock_was_.value_or(record.asked) - (record.asked + record.lasted);
  if (behind > unremarkable) {
    put_back_ = std::max(put_back_, behind);
    clock_was_ = record.asked;
  } else {
    clock_was_ = std::max(clock_was_.value_or(record.asked), record.asked);
  }
}

// The first number of a frontend is no loss: the daemon may have started long after the proxy.
bool Tally::is_new(const Record& record) {
  if (processes_.size() >= most_processes && !processes_.contains(record.process)) {
    processes_.erase(least_recent(processes_));
  }
  Process& process = processes_[record.process];
  process.touched = clock_;
  const auto found = process.numbers.find(record.frontend);
  if (found == process.numbers.end()) {
    if (process.numbers.size() < most_backends)
      process.numbers.emplace(record.frontend, Numbers(record.sequence));
    return true;
  }
  Numbers& numbers = found->second;
  const std::int64_t last = numbers.last;
  if ((record.sequence == 0 && last > 0) || last - record.sequence > most_late) {
    numbers.begin(record.sequence);
    return true;
  }
  if (!numbers.see(record.sequence)) {
    ++repeated_;
    return false;
  }
  if (record.sequence > last)
    lost_ += record.sequence - last - 1;
  else
    lost_ = std::max<std::int64_t>(lost_ - 1, 0);
  return true;
}

}  // namespace slipway::drivers::telemetry
