#include "cli/judge_csv.h"

#include <utility>

namespace slipway::cli {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 16U;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(std::string name, Source source)
    : name_(std::move(name)), source_(std::move(source)), buffer_(buffer_size) {}

std::unexpected<Error> CsvReader::wrong(int line, std::string_view what) const {
  return fail(ErrorKind::invalid_input, "{}:{}: {}", name_, line, what);
}

Result<std::optional<char>> CsvReader::take() {
  if (at_ == filled_) {
    if (ended_) return std::nullopt;
    TRY(filled_, source_(buffer_.data(), buffer_.size()));
    at_ = 0;
    ended_ = filled_ == 0;
    if (ended_) return std::nullopt;
  }
  return buffer_[at_++];
}

void CsvReader::begin_row() {
  fields_ = 1;
  if (row_.empty()) row_.emplace_back();
  row_[0].clear();
  bytes_ = 0;
  quotes_ = returned_ = false;
  where_ = Where::at_start;
  row_line_ = line_;
}

void CsvReader::end_field() {
  if (fields_ == row_.size()) row_.emplace_back();
  row_[fields_++].clear();
  where_ = Where::at_start;
}

Result<bool> CsvReader::read(char c) {
  if (++bytes_ > longest_row)
    return wrong(
        where_ == Where::quoted ? quote_line_ : row_line_,
        where_ == Where::quoted
            ? "the quote that begins here doesn't end within 64 KiB: end it with \", and write a quote "
              "within as \"\""
            : "the row is longer than 64 KiB: is this a CSV file?");
  std::string& field = row_[fields_ - 1];
  if (c == '\n') ++line_;
  if (where_ == Where::quoted) {
    if (c == '"')
      where_ = Where::after_quote;
    else
      field += c;
    return false;
  }
  if (c == '\n') return true;
  if (std::exchange(returned_, c == '\r'))
    return wrong(line_, "a carriage return in the middle of a line: lines end with LF or CRLF");
  if (c == '\r') return false;
  if (c == ',') {
    end_field();
    return false;
  }
  if (c == '"') {
    if (where_ == Where::plain)
      return wrong(line_,
                   "a quote within a field: put all of the field in quotes, and write the quote as \"\"");
    if (where_ == Where::after_quote) field += c;
    quotes_ = true;
    quote_line_ = line_;
    where_ = Where::quoted;
    return false;
  }
  if (where_ == Where::after_quote)
    return wrong(line_, "a field goes on after its closing quote: write a quote within a field as \"\"");
  where_ = Where::plain;
  field += c;
  return false;
}

Result<std::optional<std::span<const std::string>>> CsvReader::next() {
  for (;;) {
    begin_row();
    bool over = false, empty = true;
    while (!over) {
      TRY(const std::optional<char> c, take());
      if (!c) break;
      empty = false;
      TRY(over, read(*c));
    }
    if (where_ == Where::quoted)
      return wrong(quote_line_, "the quote that begins here never ends: end it with \"");
    if (empty) return std::nullopt;
    if (!std::exchange(began_, true) && row_[0].starts_with(byte_order_mark))
      row_[0].erase(0, byte_order_mark.size());
    if (!is_blank()) return std::span<const std::string>(row_.data(), fields_);
  }
}

}  // namespace slipway::cli
