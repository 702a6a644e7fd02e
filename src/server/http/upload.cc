#include "server/http/upload.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

namespace slipway::server {

Result<Upload> Upload::create(const std::filesystem::path& dir) {
  std::string path = dir / "upload-XXXXXX";
  os::Fd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file)
    return fail_errno(errno, fmt::format("cannot create a file for the archive in {}", dir.native()));
  return Upload(std::move(path), std::move(file));
}

Upload::Upload(Upload&& other) noexcept : path_(std::move(other.path_)), file_(std::move(other.file_)) {
  other.path_.clear();
}

Upload::~Upload() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Status Upload::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, fmt::format("cannot write the archive to {}", path_.native()));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace slipway::server
