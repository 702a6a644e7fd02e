#include "cli/data_directory.h"

namespace slipway::cli {

Outcome<std::filesystem::path> data_directory(const std::string& written, const Surroundings& around) {
  const auto variable = [&](const char* name) {
    const auto found = around.environment.find(name);
    return found == around.environment.end() ? std::string() : found->second;
  };
  const auto absolute = [&](const std::filesystem::path& path) {
    std::filesystem::path whole = (around.directory / path).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
  };
  if (!written.empty()) return absolute(written);
  if (const std::string set = variable("SLIPWAY_DATA"); !set.empty()) return absolute(set);
  if (around.user == 0) return std::filesystem::path("/var/lib/slipway");
  // A relative XDG_STATE_HOME is to be ignored, says its specification.
  if (const std::string state = variable("XDG_STATE_HOME"); state.starts_with('/'))
    return absolute(state + "/slipway");
  if (const std::string home = variable("HOME"); !home.empty())
    return absolute(home + "/.local/state/slipway");
  return fail_with(Exit::usage, ErrorKind::invalid_input,
                   "HOME isn't set, so there is no usual data directory: name one with --data DIR");
}

}  // namespace slipway::cli
