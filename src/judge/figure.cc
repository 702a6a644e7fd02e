#include "judge/figure.h"

#include <fmt/format.h>

#include <cmath>

namespace slipway::judge {
namespace {

// Without the noughts at the end: 5.00 is 5.
std::string plain(double number, int decimals) {
  std::string text = fmt::format("{:.{}f}", number, decimals);
  if (decimals == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string share_figure(double share) {
  const double percent = share * 100;
  const int decimals = percent < 0.01 ? 4 : percent < 10 ? 2 : 1;
  return plain(percent, decimals) + " %";
}

std::string time_figure(double milliseconds) {
  if (milliseconds < 9.95) return plain(milliseconds, 1) + " ms";
  if (milliseconds < 999.5) return plain(milliseconds, 0) + " ms";
  if (milliseconds < 9995) return plain(milliseconds / 1000, 2) + " s";
  if (milliseconds < 59'950) return plain(milliseconds / 1000, 1) + " s";
  return format_duration(Duration(std::llround(milliseconds / 1000) * 1000));
}

std::string span_figure(Duration duration) {
  if (duration < std::chrono::seconds(60))
    return fmt::format("{} s", std::chrono::floor<std::chrono::seconds>(duration).count());
  return format_duration(duration);
}

std::string requests_figure(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t from_end = 3; from_end < digits.size(); from_end += 4)
    digits.insert(digits.size() - from_end, ",");
  return digits + (count == 1 ? " request" : " requests");
}

std::string odds_figure(double evidence) {
  if (evidence >= 1e6) return "over a million : 1";
  if (evidence < 0.095) return "under 0.1 : 1";
  return evidence < 9.95 ? fmt::format("{:.1f} : 1", evidence) : fmt::format("{:.0f} : 1", evidence);
}

// Below 1 the second decimal matters as the first does above.
std::string factor_figure(double factor) {
  if (!std::isfinite(factor)) return "?";
  if (factor >= 999.5) return "over 999 ×";
  return fmt::format("{:.{}f} ×", factor, factor < 0.995 ? 2 : factor < 9.95 ? 1 : 0);
}

std::string limit_figure(const Trigger& trigger) {
  const auto threshold = static_cast<double>(trigger.threshold);
  if (trigger.metric != Trigger::Metric::response_time) return plain(threshold / 10'000, 4) + " %";
  return threshold < 1000     ? plain(threshold, 0) + " ms"
         : threshold < 60'000 ? plain(threshold / 1000, 3) + " s"
                              : time_figure(threshold);
}

std::string_view statistic_name(Trigger::Statistic statistic) {
  switch (statistic) {
    case Trigger::Statistic::mean:
      return "mean";
    case Trigger::Statistic::p50:
      return "p50";
    case Trigger::Statistic::p90:
      return "p90";
    case Trigger::Statistic::p99:
      return "p99";
  }
  return "";
}

}  // namespace slipway::judge
