#include "drivers/artifacts/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>

#include "drivers/artifacts/entries.h"

namespace slipway::drivers {
namespace {

namespace fs = std::filesystem;

struct FreeReader {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
using Reader = std::unique_ptr<archive, FreeReader>;
using Writer = std::unique_ptr<archive, FreeWriter>;

std::string why(archive* a) {
  const char* reason = archive_error_string(a);
  return reason == nullptr ? "no reason given" : reason;
}

// Names are bytes here. libarchive replaces what the locale doesn't know, unless asked for what was stored.
std::string stored(const char* utf8, const char* bytes) {
  if (utf8 != nullptr) return utf8;
  return bytes == nullptr ? std::string() : std::string(bytes);
}

class Unpacking {
 public:
  Unpacking(fs::path root, std::uint64_t max_bytes)
      : root_(std::move(root)),
        max_bytes_(max_bytes),
        reader_(archive_read_new()),
        writer_(archive_write_disk_new()) {}

  Status open(const fs::path& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) return fail_errno(error.value(), "cannot read " + path.string());
    if (size == 0) return fail(ErrorKind::invalid_input, "the archive is an empty file");
    // Not every filter there is: some of them start other programs.
    archive* reader = reader_.get();
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_lzma(reader);
    archive_read_support_filter_zstd(reader);
    archive_read_support_filter_lz4(reader);
    archive_read_support_format_tar(reader);
    archive_read_support_format_zip(reader);
    constexpr std::size_t block = 64U << 10U;
    if (archive_read_open_filename(reader, path.c_str(), block) != ARCHIVE_OK)
      return fail(ErrorKind::invalid_input, "not a tar or zip archive: {}", why(reader));
    archive_write_disk_set_options(writer_.get(), ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                                      ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                                                      ARCHIVE_EXTRACT_NO_OVERWRITE);
    return {};
  }

  Status all() {
    while (true) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(reader_.get(), &entry);
      if (code == ARCHIVE_EOF) break;
      // A warning is about names that the locale can't show; they are taken as they were stored.
      if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return broken();
      TRY_VOID(one(entry));
    }
    if (entries_.empty())
      return fail(ErrorKind::invalid_input, "the archive is empty: there is nothing to run");
    if (archive_write_close(writer_.get()) != ARCHIVE_OK) return unwritten("directories");
    return check_links(root_);
  }

 private:
  Status broken() const {
    if (entries_.empty())
      return fail(ErrorKind::invalid_input, "not a tar or zip archive: {}", why(reader_.get()));
    return fail(ErrorKind::invalid_input, "the archive is damaged or cut short: {}", why(reader_.get()));
  }

  Status unwritten(const std::string& path) const {
    return fail(ErrorKind::unavailable, "cannot write \"{}\": {}", path, why(writer_.get()));
  }

  Status one(archive_entry* entry) {
    const std::string name = stored(archive_entry_pathname_utf8(entry), archive_entry_pathname(entry));
    TRY(const std::string path, Entries::inside(name));
    const std::string hardlink = stored(archive_entry_hardlink_utf8(entry), archive_entry_hardlink(entry));
    if (!hardlink.empty()) return link(path, hardlink);
    const auto type = archive_entry_filetype(entry);
    if (path.empty() && type == AE_IFDIR) return {};
    if (path.empty()) return fail(ErrorKind::invalid_input, "an entry of the archive has no name");
    if (archive_entry_is_encrypted(entry) != 0)
      return fail(ErrorKind::invalid_input, "\"{}\" is encrypted: pack it without a password", path);
    switch (type) {
      case AE_IFDIR:
        return make(path, Entries::Kind::directory, entry);
      case AE_IFREG:
        return make(path, Entries::Kind::file, entry);
      case AE_IFLNK:
        return make(path, Entries::Kind::link, entry);
      case AE_IFIFO:
        return not_allowed(path, "a named pipe");
      case AE_IFSOCK:
        return not_allowed(path, "a socket");
      case AE_IFBLK:
      case AE_IFCHR:
        return not_allowed(path, "a device");
      default:
        return not_allowed(path, "of an unknown type");
    }
  }

  static Status not_allowed(const std::string& path, std::string_view what) {
    return fail(ErrorKind::invalid_input, "\"{}\" is {}: an artifact holds files, directories and links only",
                path, what);
  }

  Status make(const std::string& path, Entries::Kind kind, archive_entry* entry) {
    TRY_VOID(entries_.add(path, kind));
    // A new entry, so that nothing of the archive's but what is copied here reaches the disk.
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> own(archive_entry_new(),
                                                                            &archive_entry_free);
    archive_entry_copy_pathname(own.get(), (root_ / path).c_str());
    archive_entry_set_filetype(own.get(), archive_entry_filetype(entry));
    constexpr __LA_MODE_T executable = 0100;
    const bool runs = kind != Entries::Kind::file || (archive_entry_perm(entry) & executable) != 0;
    archive_entry_set_perm(own.get(), runs ? 0700 : 0600);
    if (kind == Entries::Kind::link) {
      const std::string target = stored(archive_entry_symlink_utf8(entry), archive_entry_symlink(entry));
      if (target.empty()) return fail(ErrorKind::invalid_input, "\"{}\" is a link to nothing", path);
      archive_entry_copy_symlink(own.get(), target.c_str());
    }
    if (archive_write_header(writer_.get(), own.get()) != ARCHIVE_OK) return unwritten(path);
    if (kind == Entries::Kind::file) TRY_VOID(content(path));
    if (archive_write_finish_entry(writer_.get()) != ARCHIVE_OK) return unwritten(path);
    return {};
  }

  Status content(const std::string& path) {
    std::uint64_t end = 0;  // of this file, holes included: they cost time, if not space
    while (true) {
      const void* bytes = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int code = archive_read_data_block(reader_.get(), &bytes, &size, &offset);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK) {
        const std::string reason = why(reader_.get());
        return fail(ErrorKind::invalid_input, "the archive is damaged or cut short in \"{}\": {}", path,
                    reason);
      }
      const std::uint64_t reached = static_cast<std::uint64_t>(offset) + size;
      if (offset < 0 || reached > max_bytes_ || bytes_ + reached > max_bytes_)
        return fail(ErrorKind::invalid_input,
                    "the archive unpacks to more than {} bytes, which is the most; \"{}\" is one too many",
                    max_bytes_, path);
      end = std::max(end, reached);
      if (size > 0 && archive_write_data_block(writer_.get(), bytes, size, offset) < ARCHIVE_OK)
        return unwritten(path);
    }
    bytes_ += end;
    return {};
  }

  Status link(const std::string& path, const std::string& target_name) {
    TRY(const std::string target, Entries::inside(target_name));
    if (!entries_.is_file(target))
      return fail(ErrorKind::invalid_input,
                  "\"{}\" is a hard link to \"{}\", which is no file of the archive", path, target_name);
    TRY_VOID(entries_.add(path, Entries::Kind::file));
    std::error_code error;
    fs::create_directories((root_ / path).parent_path(), error);
    if (!error) fs::create_hard_link(root_ / target, root_ / path, error);
    if (error) return fail(ErrorKind::unavailable, "cannot write \"{}\": {}", path, error.message());
    return {};
  }

  fs::path root_;
  std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  Reader reader_;
  Writer writer_;
  Entries entries_;
};

}  // namespace

Status unpack(const fs::path& archive, const fs::path& root, std::uint64_t max_bytes) {
  Unpacking unpacking(root, max_bytes);
  TRY_VOID(unpacking.open(archive));
  return unpacking.all();
}

}  // namespace slipway::drivers
