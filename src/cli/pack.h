#pragma once

#include <filesystem>

#include "cli/client.h"

namespace slipway::cli {

// The bytes to upload for PATH: an archive file as it is; a directory as a tar, made while it is read, the
// same for the same content: sorted, without times and owners. invalid_input: neither of the two, or nothing
// in it.
Result<Source> artifact_source(const std::filesystem::path& path);

}  // namespace slipway::cli
