#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "calendar/busy.h"

// Any text is either refused or comes to busy times that touch what was asked about, in their order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using slipway::calendar::Busy;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const slipway::Time from = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
  const slipway::Time until = from + std::chrono::days(400);
  const auto busy = slipway::calendar::busy_times(text, from, until);
  if (!busy) {
    CHECK(busy.error().kind == slipway::ErrorKind::invalid_input && !busy.error().message.empty());
    return 0;
  }
  CHECK(std::ranges::is_sorted(*busy, {}, &Busy::from));
  for (const Busy& each : *busy) CHECK(each.from < each.to && each.to > from && each.from < until);
  CHECK(busy == slipway::calendar::busy_times(text, from, until));
  return 0;
}
