#include "cli/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

// Reads a directory's entries one after the other, as fast as they are asked for.
class Packer {
 public:
  static Result<std::shared_ptr<Packer>> open(const fs::path& root) {
    auto packer = std::make_shared<Packer>();
    packer->root_ = root;
    std::error_code error;
    for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error))
      packer->names_.push_back(it->path().lexically_relative(root));
    if (error) return fail(ErrorKind::invalid_input, "cannot read {}: {}", root.string(), error.message());
    if (packer->names_.empty())
      return fail(ErrorKind::invalid_input, "{} is empty: there is nothing to ship", root.string());
    std::sort(packer->names_.begin(), packer->names_.end());
    packer->archive_.reset(archive_write_new());
    archive* writer = packer->archive_.get();
    if (writer == nullptr || archive_write_set_format_pax_restricted(writer) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(writer, 1) != ARCHIVE_OK ||
        archive_write_open(writer, &packer->pending_, nullptr, &Packer::take, nullptr) != ARCHIVE_OK)
      return fail(ErrorKind::internal, "libarchive cannot write a tar");
    return packer;
  }

  Result<std::size_t> read(char* buffer, std::size_t size) {
    while (sent_ == pending_.size() && !ended_) {
      pending_.clear();
      sent_ = 0;
      TRY_VOID(advance());
    }
    const std::size_t now = std::min(size, pending_.size() - sent_);
    std::copy_n(pending_.data() + sent_, now, buffer);
    sent_ += now;
    return now;
  }

 private:
  struct Free {
    void operator()(archive* a) const { archive_write_free(a); }
    void operator()(archive_entry* e) const { archive_entry_free(e); }
  };

  static la_ssize_t take(archive*, void* pending, const void* bytes, std::size_t size) {
    static_cast<std::string*>(pending)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  }

  Status advance() {
    if (left_ > 0) return write_content();
    file_.reset();
    if (next_ < names_.size()) return begin_entry(names_[next_++]);
    ended_ = true;
    return checked(archive_write_close(archive_.get()));
  }

  Status checked(int code) const {
    if (code == ARCHIVE_OK) return {};
    const char* why = archive_error_string(archive_.get());
    return fail(ErrorKind::internal, "while packing {}: {}", root_.string(),
                why != nullptr ? why : "no reason given");
  }

  Status begin_entry(const fs::path& name) {
    const fs::path path = root_ / name;
    struct stat seen{};
    if (::lstat(path.c_str(), &seen) != 0) return fail_errno(errno, "cannot read " + path.string());
    const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
    archive_entry_copy_pathname(entry.get(), name.c_str());
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_filetype(entry.get(), seen.st_mode & S_IFMT);
    if (S_ISREG(seen.st_mode)) {
      file_ = os::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
      if (!file_) return fail_errno(errno, "cannot read " + path.string());
      left_ = static_cast<std::uint64_t>(seen.st_size);
      archive_entry_set_size(entry.get(), seen.st_size);
      archive_entry_set_perm(entry.get(), (seen.st_mode & 0111) != 0 ? 0755 : 0644);
    } else if (S_ISDIR(seen.st_mode)) {
      archive_entry_set_perm(entry.get(), 0755);
    } else if (S_ISLNK(seen.st_mode)) {
      std::error_code error;
      const fs::path to = fs::read_symlink(path, error);
      if (error) return fail(ErrorKind::invalid_input, "cannot read {}: {}", path.string(), error.message());
      archive_entry_copy_symlink(entry.get(), to.c_str());
      archive_entry_set_perm(entry.get(), 0777);
    } else {
      return fail(ErrorKind::invalid_input,
                  "{} is neither a file, a directory nor a link: it can't be shipped", path.string());
    }
    return checked(archive_write_header(archive_.get(), entry.get()));
  }

  Status write_content() {
    std::array<char, 64 * 1024> buffer;
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
    const ssize_t size = ::read(file_.get(), buffer.data(), want);
    if (size < 0 && errno == EINTR) return {};
    const fs::path& name = names_[next_ - 1];
    if (size < 0) return fail_errno(errno, "cannot read " + (root_ / name).string());
    if (size == 0)
      return fail(ErrorKind::invalid_input,
                  "{} became shorter while it was read: try again when nothing writes to it",
                  (root_ / name).string());
    if (archive_write_data(archive_.get(), buffer.data(), static_cast<std::size_t>(size)) != size)
      return checked(ARCHIVE_FATAL);
    left_ -= static_cast<std::uint64_t>(size);
    return {};
  }

  fs::path root_;
  std::vector<fs::path> names_;
  std::size_t next_ = 0;
  os::Fd file_;
  std::uint64_t left_ = 0;  // of the file
  bool ended_ = false;
  std::string pending_;
  std::size_t sent_ = 0;                    // of pending_
  std::unique_ptr<archive, Free> archive_;  // writes to pending_ until it is freed
};

}  // namespace

Result<Source> artifact_source(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    TRY(std::shared_ptr<Packer> packer, Packer::open(path));
    return Source([packer](char* buffer, std::size_t size) { return packer->read(buffer, size); });
  }
  if (!fs::exists(status))
    return fail(ErrorKind::invalid_input, "there is no {}: --artifact takes a directory or an archive",
                path.string());
  if (!fs::is_regular_file(status))
    return fail(ErrorKind::invalid_input, "{} is neither a directory nor an archive", path.string());
  auto file = std::make_shared<os::Fd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*file) return fail_errno(errno, "cannot read " + path.string());
  return Source([file, path](char* buffer, std::size_t size) -> Result<std::size_t> {
    ssize_t got = 0;
    do got = ::read(file->get(), buffer, size);
    while (got < 0 && errno == EINTR);
    if (got < 0) return fail_errno(errno, "cannot read " + path.string());
    return static_cast<std::size_t>(got);
  });
}

}  // namespace slipway::cli
