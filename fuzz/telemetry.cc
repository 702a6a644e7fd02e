#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "drivers/telemetry/record.h"
#include "drivers/telemetry/tally.h"

// Whatever comes on the port is read or refused, and what is read can be counted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using slipway::drivers::telemetry::parse;
  using slipway::drivers::telemetry::Record;
  using slipway::drivers::telemetry::Tally;
  constexpr std::string_view token = "0123456789abcdef0123456789abcdef";
  const std::string_view line(reinterpret_cast<const char*>(bytes), size);
  const auto result = parse(line, token);
  const auto* const record = std::get_if<Record>(&result);
  if (record == nullptr) return 0;
  CHECK(line.starts_with(token));
  CHECK(!record->frontend.empty() && !record->backend.empty());
  CHECK(record->slot >= 0);
  CHECK(record->asked >= slipway::Time{});
  CHECK(record->status == 0 || (record->status >= 100 && record->status <= 599));
  CHECK(record->took >= slipway::Duration{});
  CHECK(record->weight >= (record->session ? 0 : 1) && record->weight <= 10'000);
  CHECK(record->process >= 1 && record->sequence >= 0);
  Tally tally;
  tally.follow_sessions(std::string(record->frontend), slipway::judge::Sessions(2));
  tally.add(*record);
  const auto batch = tally.take();
  CHECK(batch.received == 1 && batch.lost == 0);
  for (const auto& [second, cells] : batch.backends.at(std::string(record->backend)).cells)
    for (const auto& [slot, cell] : cells) {
      CHECK(cell.betting && cell.betting->size() <= 1);
      for (const auto& [routed, betting] : *cell.betting)
        CHECK(betting.requests <= 1 && routed.weight <= 10'000 && routed.one_in >= 1);
    }
  return 0;
}
