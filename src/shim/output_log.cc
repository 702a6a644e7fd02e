#include "shim/output_log.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace slipway::shim {

OutputLog::OutputLog(std::filesystem::path path, std::int64_t bytes, int files)
    : path_(std::move(path)), limit_(std::max<std::int64_t>(bytes, 1)), files_(std::max(files, 1)) {
  open();
}

void OutputLog::open() {
  file_ = os::Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  struct stat info{};
  size_ = file_ && ::fstat(file_.get(), &info) == 0 ? info.st_size : 0;
}

void OutputLog::rotate() {
  const auto numbered = [&](int i) {
    return i == 0 ? path_.string() : fmt::format("{}.{}", path_.string(), i);
  };
  for (int i = files_ - 1; i > 0; --i) ::rename(numbered(i - 1).c_str(), numbered(i).c_str());
  if (files_ == 1) ::unlink(path_.c_str());
  open();
}

bool OutputLog::append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    size_ += written;
    mid_line_ = text[static_cast<std::size_t>(written) - 1] != '\n';
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void OutputLog::write(Time now, std::string_view source, std::string_view line) {
  const std::string stamp = format_time_precise(now);
  std::string text = mid_line_ ? "\n" : "";
  if (lost_ > 0) text += fmt::format("{} shim {} lines were lost: they couldn't be written\n", stamp, lost_);
  text += fmt::format("{} {} {}\n", stamp, source, line);
  if (!file_) open();
  if (size_ > 0 && size_ + static_cast<std::int64_t>(text.size()) > limit_) rotate();
  if (append(text))
    lost_ = 0;
  else
    ++lost_;
}

void Lines::add(Time now, std::string_view bytes) {
  constexpr std::size_t longest = 16 << 10;
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    const std::size_t room = longest - partial_.size();
    const std::size_t piece = std::min({newline, room, bytes.size()});
    partial_.append(bytes.substr(0, piece));
    bytes.remove_prefix(piece);
    const bool at_newline = !bytes.empty() && bytes.front() == '\n';
    if (at_newline) bytes.remove_prefix(1);
    if (at_newline || partial_.size() == longest) {
      log_.write(now, source_, partial_);
      partial_.clear();
    }
  }
}

void Lines::end(Time now) {
  if (!partial_.empty()) log_.write(now, source_, partial_);
  partial_.clear();
}

}  // namespace slipway::shim
