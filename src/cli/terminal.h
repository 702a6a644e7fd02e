#pragma once

#include <string>
#include <string_view>

namespace slipway::cli {

// Colours, or nothing at all where they are off.
class Paint {
 public:
  enum class Mode { plain, colours };
  explicit Paint(Mode mode) : mode_(mode) {}
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string red(std::string_view text) const { return wrap("1;31", text); }
  std::string green(std::string_view text) const { return wrap("32", text); }
  std::string yellow(std::string_view text) const { return wrap("33", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const;
  Mode mode_;
};

// Writes all of it at once. Knows when nobody reads any more.
class Writer {
 public:
  explicit Writer(int fd) : fd_(fd) {}
  void write(std::string_view text);
  void line(std::string_view text) { write(std::string(text) + "\n"); }
  int error_number() const { return error_; }  // of the first write that failed; 0: none

 private:
  int fd_;
  int error_ = 0;
};

}  // namespace slipway::cli
