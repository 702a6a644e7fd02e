#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace slipway::server {

// A file that an archive is written to while it arrives; gone with this object.
class Upload {
 public:
  static Result<Upload> create(const std::filesystem::path& dir);
  ~Upload();
  Upload(Upload&&) noexcept;
  Upload& operator=(Upload&&) = delete;

  Status write(std::string_view bytes);  // blocks
  const std::filesystem::path& path() const { return path_; }

 private:
  Upload(std::filesystem::path path, os::Fd file) : path_(std::move(path)), file_(std::move(file)) {}
  std::filesystem::path path_;
  os::Fd file_;
};

}  // namespace slipway::server
