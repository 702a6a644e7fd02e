#pragma once

#include <cstdint>
#include <vector>

namespace slipway::judge {

// Which sessions have bet: with sticky sessions the arm is drawn once per session, so a session bets once
// with a time (its first request's) and once with an error (its first one). Under the null the arm of a
// session is independent of what happens to it, so both moments are as good as any; whoever makes a fifth of
// all requests counts as one. O(1) and bounded: where more than `capacity` sessions are remembered, the half
// that was seen longest ago is forgotten.
class Sessions {
 public:
  explicit Sessions(int capacity = 1 << 16);
  struct Bets {
    bool time = false;   // its time may bet; and the session is new
    bool count = false;  // it counts among Outcomes::requests: no error of the session has bet yet
    bool error = false;  // it counts among Outcomes::errors
  };
  // One request, which was an error or wasn't.
  enum class Outcome { answered, error };
  Bets see(std::uint64_t session, Outcome outcome);

 private:
  struct Table {
    std::vector<std::uint64_t> keys;  // 0: free; the lowest bit: an error of the session has bet
    int used = 0;
  };
  static std::uint64_t& find(Table& table, std::uint64_t key);
  int half_;
  Table young_, old_;
};

}  // namespace slipway::judge
