#include "server/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace slipway::server {
namespace {

constexpr std::size_t block = 64U << 10;
constexpr std::size_t at_a_time = 256U << 10;
constexpr off_t looked_back_at_most = 8 << 20;  // of each file
constexpr int rotated_files = 9;

bool is_time(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return false;
  return true;
}

std::string read_at(int file, off_t from, off_t to) {
  std::string text(static_cast<std::size_t>(to - from), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got =
        ::pread(file, text.data() + have, text.size() - have, from + static_cast<off_t>(have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

// The text from the start of the `lines`th last line up to `end`, or less where that would be too much.
std::string read_back(int file, off_t end, int lines) {
  std::string text;
  off_t from = end;
  const off_t least = std::max<off_t>(0, end - looked_back_at_most);
  while (from > least && std::count(text.begin(), text.end(), '\n') <= lines) {
    const off_t start = std::max(least, from - static_cast<off_t>(block));
    text.insert(0, read_at(file, start, from));
    from = start;
  }
  if (from > 0) text.erase(0, std::min(text.size(), text.find('\n') + 1));
  return text;
}

off_t size_of(int file) {
  struct stat status{};
  return ::fstat(file, &status) == 0 ? status.st_size : 0;
}

void keep_last(std::vector<LogLine>& lines, std::size_t at_most) {
  if (lines.size() > at_most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(at_most));
}

}  // namespace

LogTail::LogTail(core::InstanceName instance, std::filesystem::path file)
    : instance_(instance), path_(std::move(file)) {}

void LogTail::open() {
  file_ = os::Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  offset_ = 0;
  struct stat status{};
  inode_ = file_ && ::fstat(file_.get(), &status) == 0 ? status.st_ino : 0;
}

bool LogTail::replaced() const {
  struct stat status{};
  return ::stat(path_.c_str(), &status) == 0 && status.st_ino != inode_;
}

std::vector<LogLine> LogTail::shown(std::string text) {
  partial_ += text;
  std::vector<LogLine> lines;
  std::size_t start = 0;
  for (std::size_t end; (end = partial_.find('\n', start)) != std::string::npos; start = end + 1) {
    const std::string_view line = std::string_view(partial_).substr(start, end - start);
    const std::size_t space = line.find(' ');
    const bool timed = space != std::string_view::npos && is_time(line.substr(0, space));
    if (timed) time_ = line.substr(0, space);
    lines.push_back({time_, timed ? fmt::format("{} {}{}", time_, instance_.text(), line.substr(space))
                                  : fmt::format("{} {}", instance_.text(), line)});
  }
  partial_.erase(0, start);
  return lines;
}

std::vector<LogLine> LogTail::last(int lines) {
  open();
  const off_t end = file_ ? size_of(file_.get()) : 0;
  std::string text = file_ ? read_back(file_.get(), end, lines) : std::string();
  for (int i = 1; i <= rotated_files && std::count(text.begin(), text.end(), '\n') < lines; ++i) {
    const os::Fd older(
        ::open(fmt::format("{}.{}", path_.native(), i).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!older) break;
    text.insert(0, read_back(older.get(), size_of(older.get()), lines));
  }
  offset_ = end;
  std::vector<LogLine> all = shown(std::move(text));
  keep_last(all, static_cast<std::size_t>(lines));
  return all;
}

std::vector<LogLine> LogTail::come() {
  if (!file_) open();
  if (!file_) return {};
  const off_t end = size_of(file_.get());
  if (end <= offset_) {
    if (replaced()) open();
    return {};
  }
  const off_t to = std::min(end, offset_ + static_cast<off_t>(at_a_time));
  std::string text = read_at(file_.get(), offset_, to);
  offset_ += static_cast<off_t>(text.size());
  return shown(std::move(text));
}

std::vector<LogLine> merged(std::vector<LogLine> lines, std::size_t at_most) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const LogLine& a, const LogLine& b) { return a.time < b.time; });
  keep_last(lines, at_most);
  return lines;
}

}  // namespace slipway::server
