#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/effect.h"
#include "os/fd.h"

namespace slipway::server {

// A line that an instance printed, with the time that its shim put before it.
struct LogLine {
  std::string time;  // "2026-11-23T10:44:24.123Z"; of the line before where it has none of its own
  std::string text;  // whole, as it is shown: "TIME INSTANCE out …"
};

// Reads what one instance printed: its last lines, and then what comes, over rotations of the file.
class LogTail {
 public:
  LogTail(core::InstanceName instance, std::filesystem::path file);

  // The last lines of the file and of those rotated away before it; what comes() says follows on them.
  std::vector<LogLine> last(int lines);
  // Whole lines that came since; 256 KiB at most at a time.
  std::vector<LogLine> come();

 private:
  void open();
  bool replaced() const;
  std::vector<LogLine> shown(std::string text);

  core::InstanceName instance_;
  std::filesystem::path path_;
  os::Fd file_;
  ino_t inode_ = 0;
  off_t offset_ = 0;
  std::string partial_;
  std::string time_;  // of the line shown last
};

// All lines in the order of their times; those of one instance stay in their order. The newest `at_most`.
std::vector<LogLine> merged(std::vector<LogLine> lines, std::size_t at_most);

}  // namespace slipway::server
