#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/telemetry/record.h"
#include "drivers/telemetry/telemetry.h"
#include "judge/sessions.h"

namespace slipway::drivers::telemetry {

// Records added up until somebody takes them, which numbers are missing or came twice, whether their clock
// was put back, and when each backend was last asked. What comes twice is added up once. Bounded: where
// nobody takes, the oldest seconds are given up and their records count as lost.
class Tally {
 public:
  static constexpr std::size_t most_seconds = 600;  // of a backend
  static constexpr std::size_t most_backends = 4096;
  static constexpr std::size_t most_processes = 64;  // workers that are still remembered

  void add(const Record& record);
  void add(Refused why);

  // Cells have `betting` where the sessions of their frontend are followed.
  // A session bets only if it is recorded whole on either release, at every rate since then: else whoever was
  // with stable unrecorded, and moves as the weight rises, would be a new session of the canary's.
  void follow_sessions(const std::string& frontend, judge::Sessions fresh);
  void forget_sessions(const std::string& frontend);

  Telemetry::Batch take();
  std::optional<Time> last_request(std::string_view backend) const;

 private:
  using Seconds = std::map<Time, std::map<int, judge::Cell>>;
  struct Backend {
    Seconds cells;
    std::int64_t recorded = 0;
    std::optional<Time> last_request;
    std::int64_t touched = 0;
  };
  // Of one worker's records of one frontend: the last number, and which of those before it came. What is
  // older than that and comes again isn't known from what is late.
  struct Numbers {
    static constexpr std::int64_t remembered = 4096;
    explicit Numbers(std::int64_t first) { begin(first); }
    void begin(std::int64_t first);
    // False where it came before.
    bool see(std::int64_t number);
    std::int64_t last = 0;
    std::bitset<remembered> came;
  };
  struct Process {
    std::map<std::string, Numbers, std::less<>> numbers;
    std::int64_t touched = 0;
  };

  Backend& backend(std::string_view name);
  judge::Cell* cell(Backend& backend, Time asked, int slot);
  bool is_new(const Record& record);
  void tell_time(const Record& record);
  void give_up(const Seconds::mapped_type& second);

  std::map<std::string, Backend, std::less<>> backends_;
  std::map<std::int64_t, Process> processes_;
  struct Followed {
    judge::Sessions sessions;
    std::optional<Time> since;  // the first that was routed with a canary
    int most_one_in = 1;        // of stable's
  };
  static void bet(judge::Cell& cell, Followed& followed, const Record& record);
  std::map<std::string, Followed, std::less<>> followed_;  // by frontend
  std::int64_t clock_ = 0;                                 // records ever seen: what was touched when
  std::int64_t received_ = 0;
  std::optional<Time> clock_was_;  // the latest that the proxy's clock is known to have been
  std::optional<Time> newest_;
  Duration put_back_{};
  std::int64_t lost_ = 0;
  std::int64_t repeated_ = 0;
  std::int64_t forged_ = 0;
  std::int64_t malformed_ = 0;
};

}  // namespace slipway::drivers::telemetry
