#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/time.h"
#include "cli/judge_csv.h"
#include "judge/second.h"

namespace slipway::cli {

// A request as it was recorded.
struct RecordedRequest {
  Time at{};
  judge::Arm arm = judge::Arm::stable;
  int status = 0;                 // 100 … 599
  Duration latency{};             // rounded down, as the judge's buckets are
  std::string session, instance;  // empty: not known
};

// RFC 3339, or a number since 1970 UTC: below 10^11 of seconds, from there of milliseconds, decimals allowed.
// The error is a phrase.
Result<Time> parse_recorded_time(std::string_view text);

// Requests out of a CSV file whose first row names its columns: docs/cli.md. Errors begin with "file:line: ".
class RecordedRequests {
 public:
  static Result<RecordedRequests> open(CsvReader reader);  // reads the header
  // Good until the next call; null at the end.
  Result<const RecordedRequest*> next();
  bool knows_sessions() const { return place_[session].has_value(); }
  std::unexpected<Error> wrong(std::string_view what) const { return reader_.wrong(what); }

 private:
  enum Column : std::size_t { time, arm, status, latency, session, instance, columns };
  static constexpr std::array<std::string_view, columns> names{"time",    "arm",     "status",
                                                               "latency", "session", "instance"};
  static constexpr std::size_t needed = 4;  // the first ones
  explicit RecordedRequests(CsvReader reader) : reader_(std::move(reader)) {}
  Result<void> read_header(std::span<const std::string> header);

  CsvReader reader_;
  std::array<std::optional<std::size_t>, columns> place_;
  std::size_t fields_ = 0;  // of the header
  RecordedRequest request_;
};

}  // namespace slipway::cli
