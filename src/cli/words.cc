#include "cli/words.h"

#include <algorithm>
#include <array>

namespace slipway::cli {

std::string date_and_clock(Time time) {
  std::string text = format_time(time);
  text.pop_back();  // Z
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string clock(Time time) {
  return date_and_clock(time).substr(11);
}

std::string minutes(Duration duration) {
  const std::int64_t s = duration.count() / 1000;
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string percent(double share) {
  const double value = share * 100;
  if (value == 0) return "0 %";
  return value < 9.995 ? fmt::format("{:.2f} %", value) : fmt::format("{:.1f} %", value);
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return unit >= 1 && value < 9.95 ? fmt::format("{:.1f} {}", value, units[unit])
                                   : fmt::format("{:.0f} {}", value, units[unit]);
}

std::string place(View target) {
  return target["service"].text() + " › " + target["environment"].text();
}

std::string version_of(View fleet_or_release) {
  return fleet_or_release["version"].text();
}

std::string short_commit(const std::string& commit) {
  return commit.substr(0, 10);
}

std::string short_digest(View release) {
  return release["digest"].text().substr(0, 12);
}

std::string outcome_text(View record) {
  std::string text = record["outcome"].text();
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string return_times(View record) {
  std::string text;
  if (record["detect_ms"]) text = "detected in " + format_duration(Duration(record["detect_ms"].number()));
  if (record["restore_ms"])
    text += fmt::format("{}restored in {}", text.empty() ? "" : ", ",
                        format_duration(Duration(record["restore_ms"].number())));
  return text;
}

std::string outcome_painted(View record, const Paint& paint) {
  std::string text = outcome_text(record);
  if (text == "promoted") return paint.green(text);
  if (text == "failed" || text == "rolled back") return paint.red(text);
  if (text == "aborted" || text == "superseded") return paint.yellow(text);
  return text;
}

}  // namespace slipway::cli
