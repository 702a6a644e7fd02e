#include "server/loss.h"

#include <fmt/format.h>

namespace slipway::server {

void Loss::count(std::int64_t total) {
  constexpr std::size_t seconds_kept = 10;
  const std::int64_t more = total_ && total >= *total_ ? total - *total_ : 0;
  total_ = total;
  counted_ = counted_.value_or(0) + more;
  earlier_.push_back(*counted_);
  if (earlier_.size() > seconds_kept) earlier_.pop_front();
}

void Loss::record(std::int64_t records) {
  if (counted_) recorded_ += records;
}

std::optional<std::int64_t> Loss::recorded() const {
  if (!counted_) return std::nullopt;
  return recorded_;
}

std::optional<std::string> Loss::complaint() {
  constexpr std::int64_t too_few_to_say = 100;
  constexpr std::int64_t share = 100;
  if (complained_ || earlier_.empty() || earlier_.front() < too_few_to_say) return std::nullopt;
  const std::int64_t due = earlier_.front();
  if ((due - recorded_) * share <= due) return std::nullopt;
  complained_ = true;
  return fmt::format(
      "of {} requests that the proxy gave to the canary only {} were recorded: what is judged is incomplete; "
      "slipway status shows what got lost",
      due, recorded_);
}

}  // namespace slipway::server
