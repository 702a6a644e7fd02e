#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"

// A line that HAProxy writes of one request. Pure, without allocation, and safe on any bytes.
namespace slipway::drivers::telemetry {

// HAProxy's log-format for lines that parse() reads, `token` first; stands in double quotes in the
// configuration. It names txn variables that the configuration sets: txn.now (ms, when the request was
// routed), txn.one_in (the rate that it was drawn at; 0: all are recorded, and bet nothing), txn.drawn (0:
// it was drawn), txn.session (a hash of who asked, below 2^32; where nothing says who, of a number drawn for
// this request, and txn.alone is 1), txn.weight (of 10,000 users so many were the canary's), txn.rate
// (stable's rate, whoever answered) and txn.preview (1 for a preview). A request is recorded if it was drawn,
// or if it is of a session that is recorded whole: of which session / 10000 % 100 * one_in < 100. Meant for
// `log ADDRESS format raw local0`.
std::string log_format(std::string_view token);

// Views into the line.
struct Record {
  std::string_view frontend;  // "shop.production"
  std::string_view backend;   // "shop.production.a"; the frontend where no backend was chosen
  int slot = 0;               // 2 of the server "s2"; 0: no server was reached
  Time asked{};               // when it was routed; 1970: it never was, as it wasn't HTTP
  int status = 0;             // 0: no answer was sent
  bool failed = false;        // the connection to the instance was refused, broken or timed out
  bool left = false;          // the client went away first
  Duration took{};            // until the answer's headers were there; where there were none, until it ended
  Duration lasted{};          // from then on until its end, or longer
  int weight = 1;             // requests that this record stands for; 0: it is there for its session alone
  std::optional<std::uint32_t> session;  // who asked, where all that they ask is recorded: what may bet
  bool alone = false;                    // nothing says who asked: it bets by itself
  int canary_weight = 0;                 // of 10,000 users so many were the canary's when it was routed, …
  int stable_one_in = 1;                 // … and one in so many of stable's requests was drawn
  bool preview = false;
  std::int64_t process = 0;   // the worker's pid …
  std::int64_t sequence = 0;  // … and which of the frontend's records it is: a gap is a loss
  bool operator==(const Record&) const = default;
};

enum class Refused {
  forged,     // without the token
  malformed,  // with it, and not as log_format() says
  notice,     // without it, and no record: what the proxy says when a reload ends a worker
};

// Whether a session is recorded whole where one in so many of its release's requests is drawn; so it is at
// all that record more.
bool is_recorded_whole(std::int64_t session, std::int64_t one_in);

std::variant<Record, Refused> parse(std::string_view line, std::string_view token);

}  // namespace slipway::drivers::telemetry
