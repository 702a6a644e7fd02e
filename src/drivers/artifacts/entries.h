#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace slipway::drivers {

// What the archive has named so far, so that each entry can be refused before anything is written for it.
class Entries {
 public:
  enum class Kind { directory, file, link };

  // The path inside the artifact, without "./" and a closing slash; empty for the artifact itself.
  // invalid_input: it is absolute or holds "..".
  static Result<std::string> inside(std::string_view name);

  // invalid_input: named before, or below something that isn't a directory, or one entry too many.
  Status add(const std::string& path, Kind kind);

  bool is_file(const std::string& path) const;
  bool empty() const { return entries_.empty(); }

 private:
  std::map<std::string, Kind> entries_;
};

// invalid_input, naming it, for a symbolic link of the tree that leads out of it, followed as the system
// would.
Status check_links(const std::filesystem::path& root);

}  // namespace slipway::drivers
