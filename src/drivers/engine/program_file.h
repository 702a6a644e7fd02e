#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace slipway::drivers {

// The file that the first word of a command means. With a slash it is a file of the artifact (or an absolute
// path); without one it is looked up in the artifact's folder, then in `path`. invalid_input when it isn't
// there, isn't executable, or leads out of the artifact.
Result<std::string> program_file(const std::string& word, const std::filesystem::path& artifact,
                                 const std::string& path);

}  // namespace slipway::drivers
