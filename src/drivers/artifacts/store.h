#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "base/result.h"

// Artifacts under their digests, read-only: DIR/<digest>/…
namespace slipway::drivers {

// Of a tree: relative paths in byte order, with type, executable bit, and content or link target of each.
// Owners, times and other modes don't count, so a directory and an archive of it have the same digest.
Result<std::string> digest_tree(const std::filesystem::path& root);

class ArtifactStore {
 public:
  // Creates the directory, and clears away what a crash left half done.
  static Result<ArtifactStore> open(const std::filesystem::path& dir);

  // Unpacks an archive (tar or zip, compressed or not). invalid_input, naming the entry, for absolute paths,
  // "..", links that lead outside, devices and the like; for an empty archive; for more than `max_bytes`
  // unpacked.
  Result<std::string> add_archive(const std::filesystem::path& archive, std::uint64_t max_bytes = 8ULL << 30);

  bool has(const std::string& digest) const;
  std::filesystem::path path(const std::string& digest) const;
  std::filesystem::path incoming() const;  // where uploads are written, on the same file system

  // Removes every artifact that isn't in `needed`; the number of those removed.
  Result<int> collect(const std::set<std::string>& needed);

 private:
  explicit ArtifactStore(std::filesystem::path dir) : dir_(std::move(dir)) {}
  std::filesystem::path dir_;
};

}  // namespace slipway::drivers
