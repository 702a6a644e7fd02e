#include "cli/judge_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace slipway::cli {
namespace {

constexpr double first_milliseconds = 1e11;  // as seconds the year 5138, as milliseconds 1973
constexpr double beyond_milliseconds = 1e14;
constexpr std::int64_t longest_ms = 3'600'000;  // the judge takes longer ones for it

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

// As much of it as belongs into a message.
std::string excerpt(std::string_view text) {
  constexpr std::size_t most = 40;
  return text.size() <= most ? fmt::format("\"{}\"", text) : fmt::format("\"{}…\"", text.substr(0, most));
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> finite(std::string_view text) {
  const auto value = number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

// Takes the next digits off the text; 0 ≤ value.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  const std::string_view head = text.substr(0, count);
  if (!std::ranges::all_of(head, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  text.remove_prefix(count);
  return number<int>(head);
}

bool skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || !any_of.contains(text.front())) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Duration> clock_of_day(std::string_view& text) {
  const auto hours = digits(text, 2);
  if (!hours || !skip(text, ":")) return std::nullopt;
  const auto minutes = digits(text, 2);
  if (!minutes || !skip(text, ":")) return std::nullopt;
  const auto seconds = digits(text, 2);
  if (!seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  Duration of_day =
      std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
  if (!skip(text, ".")) return of_day;
  int unit = 100;  // ms; what is finer is cut off
  std::optional<int> digit = digits(text, 1);
  if (!digit) return std::nullopt;
  for (; digit; digit = digits(text, 1), unit /= 10) of_day += Duration(*digit * unit);
  return of_day;
}

std::optional<Duration> offset(std::string_view& text) {
  if (skip(text, "Zz")) return Duration(0);
  const bool west = text.starts_with('-');
  if (!skip(text, "+-")) return std::nullopt;
  const auto hours = digits(text, 2);
  if (!hours || !skip(text, ":")) return std::nullopt;
  const auto minutes = digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Duration east = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return west ? -east : east;
}

std::optional<Time> rfc_3339(std::string_view text) {
  const auto year = digits(text, 4);
  if (!year || !skip(text, "-")) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !skip(text, "-")) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day || !skip(text, "Tt ")) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  const auto of_day = clock_of_day(text);
  if (!date.ok() || !of_day) return std::nullopt;
  const auto east = offset(text);
  if (!east || !text.empty()) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + *of_day - *east;
}

std::optional<judge::Arm> arm_named(std::string_view text) {
  const std::string name = lower(text);
  if (name == "canary") return judge::Arm::canary;
  if (name == "stable") return judge::Arm::stable;
  return std::nullopt;
}

}  // namespace

Result<Time> parse_recorded_time(std::string_view text) {
  if (const auto since_1970 = finite(text)) {
    if (*since_1970 < 0) return fail(ErrorKind::invalid_input, "time {} is before 1970", excerpt(text));
    if (*since_1970 >= beyond_milliseconds)
      return fail(ErrorKind::invalid_input,
                  "time {} is too large: seconds or milliseconds since 1970 are taken, so divide micro- or "
                  "nanoseconds",
                  excerpt(text));
    const double ms = *since_1970 < first_milliseconds ? *since_1970 * 1000 : *since_1970;
    return Time(Duration(static_cast<std::int64_t>(std::floor(ms))));
  }
  if (const auto time = rfc_3339(text)) return *time;
  return fail(
      ErrorKind::invalid_input,
      "time {} isn't one: write it as 2026-11-23T10:44:24.5Z, or as seconds or milliseconds since 1970",
      excerpt(text));
}

Result<RecordedRequests> RecordedRequests::open(CsvReader reader) {
  RecordedRequests requests(std::move(reader));
  TRY(const auto header, requests.reader_.next());
  if (!header)
    return fail(ErrorKind::invalid_input, "{}: is empty: its first line must name the columns {}",
                requests.reader_.name(), fmt::join(names.begin(), names.begin() + needed, ","));
  TRY_VOID(requests.read_header(*header));
  return requests;
}

Result<void> RecordedRequests::read_header(std::span<const std::string> header) {
  fields_ = header.size();
  std::string seen;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string name = lower(trimmed(header[i]));
    seen += (i > 0 ? ", " : "") + excerpt(name);
    const auto known = std::ranges::find(names, name);
    if (known == names.end()) continue;
    auto& place = place_.at(static_cast<std::size_t>(known - names.begin()));
    if (place)
      return wrong(fmt::format("the column {} is there twice: rename the one that isn't meant", name));
    place = i;
  }
  for (std::size_t i = 0; i < needed; ++i) {
    if (place_.at(i)) continue;
    const bool other_separator = header.size() == 1 && header[0].find_first_of(";\t|") != std::string::npos;
    return wrong(fmt::format("there is no column {}: the first line must name {}{}; it names {}", names.at(i),
                             fmt::join(names.begin(), names.begin() + needed, ", "),
                             other_separator ? ", with commas between them" : "", seen.substr(0, 200)));
  }
  return {};
}

Result<const RecordedRequest*> RecordedRequests::next() {
  TRY(const auto row, reader_.next());
  if (!row) return nullptr;
  if (row->size() != fields_)
    return wrong(fmt::format("{} fields, where the first line names {}: put what holds a comma in quotes",
                             row->size(), fields_));
  const auto field = [&](Column column) { return trimmed((*row)[*place_.at(column)]); };

  const Result<Time> at = parse_recorded_time(field(time));
  if (!at) return wrong(at.error().message);
  request_.at = *at;
  const auto of_arm = arm_named(field(arm));
  if (!of_arm) return wrong(fmt::format("arm {} is neither canary nor stable", excerpt(field(arm))));
  request_.arm = *of_arm;
  const auto code = number<int>(field(status));
  if (!code || *code < 100 || *code > 599)
    return wrong(
        fmt::format("status {} isn't one of HTTP, 100 to 599: write a request without an answer as 503",
                    excerpt(field(status))));
  request_.status = *code;
  const auto took = finite(field(latency));
  if (!took || *took < 0)
    return wrong(
        fmt::format("latency {} isn't a number of milliseconds: write it as 41 or 41.5, without a unit",
                    excerpt(field(latency))));
  request_.latency = Duration(static_cast<std::int64_t>(std::min(*took, static_cast<double>(longest_ms))));
  if (place_.at(session)) request_.session = field(session);
  if (place_.at(instance)) request_.instance = field(instance);
  return &request_;
}

}  // namespace slipway::cli
