#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace slipway::cli {

// Rows of comma-separated values out of pieces of a stream, wherever those are cut: RFC 4180, with lines that
// end with or without a carriage return, a byte order mark, and empty lines, which are no rows. Memory is
// that of one row.
class CsvReader {
 public:
  static constexpr std::size_t longest_row = std::size_t{1} << 16U;  // bytes, quotes included

  // Fills the buffer; 0 at the end.
  using Source = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
  // `name` is how errors call the stream: "requests.csv".
  CsvReader(std::string name, Source source);

  // The next row's fields, good until the next call; nothing at the end. invalid_input, with "name:line: ",
  // where quotes aren't as they should be or a row is too long; what the source fails with.
  Result<std::optional<std::span<const std::string>>> next();

  // An error of the last row, at the end of the line after it: "requests.csv:7: …".
  std::unexpected<Error> wrong(std::string_view what) const { return wrong(row_line_, what); }
  const std::string& name() const { return name_; }

 private:
  enum class Where { at_start, plain, quoted, after_quote };  // of a field
  Result<std::optional<char>> take();
  Result<bool> read(char c);  // whether the row is over
  void begin_row();
  void end_field();
  bool is_blank() const { return fields_ == 1 && row_[0].empty() && !quotes_; }
  std::unexpected<Error> wrong(int line, std::string_view what) const;

  std::string name_;
  Source source_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0;
  bool began_ = false, ended_ = false;
  std::vector<std::string> row_;
  std::size_t fields_ = 0;  // of row_, the last one under way
  std::size_t bytes_ = 0;   // of the row
  bool quotes_ = false;     // the row has some
  bool returned_ = false;   // the last character was a carriage return outside quotes
  Where where_ = Where::at_start;
  int line_ = 1, row_line_ = 0, quote_line_ = 0;
};

}  // namespace slipway::cli
