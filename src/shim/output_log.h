#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/time.h"
#include "os/fd.h"

namespace slipway::shim {

// What a program prints, in a rotated file: "2026-11-23T10:44:24.123Z out …" a line. Never fails and never
// waits: lines that can't be written (the disk is full) are counted, and the count is written once it can be.
class OutputLog {
 public:
  // The file is rotated before it would grow past `bytes`; `files` of them are kept, 1 at least.
  OutputLog(std::filesystem::path path, std::int64_t bytes, int files);

  // A whole line, without its newline. `source` is three letters: "out", "err", or "shim" for what we say
  // ourselves.
  void write(Time now, std::string_view source, std::string_view line);

 private:
  void open();
  void rotate();
  bool append(std::string_view text);

  std::filesystem::path path_;
  std::int64_t limit_;
  int files_;
  os::Fd file_;
  std::int64_t size_ = 0;
  std::int64_t lost_ = 0;
  bool mid_line_ = false;  // a write was cut short
};

// Makes lines of one of the program's streams. Lines longer than 16 KiB are cut in several.
class Lines {
 public:
  Lines(std::string_view source, OutputLog& log) : source_(source), log_(log) {}
  void add(Time now, std::string_view bytes);
  void end(Time now);  // what came without a newline is a line too

 private:
  std::string_view source_;
  OutputLog& log_;
  std::string partial_;
};

}  // namespace slipway::shim
