#include "server/checkpoints.h"

#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "os/file.h"

namespace slipway::server {
namespace {

Status write_or_remove(const std::filesystem::path& path, const std::string& text) {
  if (!text.empty()) {
    TRY_VOID(os::make_dirs(path.parent_path()));
    return os::write_atomically(path, text);
  }
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) return fail_errno(error.value(), fmt::format("cannot remove {}", path.native()));
  return {};
}

}  // namespace

void Checkpoints::write(const core::Target& target, const Json& checkpoint) {
  write(target, checkpoint.dump());
}

void Checkpoints::remove(const core::Target& target) {
  write(target, std::string());
}

void Checkpoints::write(const core::Target& target, std::string text) {
  File& file = files_[target];
  file.next = std::move(text);
  if (!file.under_way) start(target, file);
}

Result<Json> Checkpoints::read(const core::Target& target) const {
  TRY(const std::string text, os::read_file(path(target)));
  return parse_json(text);
}

std::filesystem::path Checkpoints::path(const core::Target& target) const {
  return folder_ / fmt::format("{}.{}.json", target.service, target.environment);
}

void Checkpoints::start(const core::Target& target, File& file) {
  file.under_way = true;
  workers_.run([this, target, path = path(target), text = *std::exchange(file.next, std::nullopt)] {
    const Status status = write_or_remove(path, text);
    loop_.post([this, target, status] { ended(target, status); });
  });
}

void Checkpoints::ended(const core::Target& target, const Status& status) {
  File& file = files_[target];
  file.under_way = false;
  const bool failed_before = std::exchange(file.failed, !status);
  if (!status && !failed_before)
    log_warning("what the judge knows of {} can't be kept for a daemon that comes after this one: {}",
                target.text(), status.error().message);
  if (file.next) start(target, file);
}

}  // namespace slipway::server
