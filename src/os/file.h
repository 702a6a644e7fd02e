#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace slipway::os {

// Durable, and whole or not at all: a file beside it is written, synced and renamed over it, and the folder
// synced.
Status write_atomically(const std::filesystem::path& path, std::string_view content, mode_t mode = 0600);

// Whole or not at all for every process, and no more: after a power failure it may be empty, unless it was
// synced.
Status replace_file(const std::filesystem::path& path, std::string_view content, mode_t mode = 0600);

// Makes the file in its folder durable, as it is.
Status sync_file(const std::filesystem::path& path);

// All of it. not_found where there is none, invalid_input where it is larger than `at_most` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t at_most = 64U << 20);

// What comes until the end of a descriptor.
Result<std::string> read_all(int fd, std::size_t at_most = 64U << 20);

// Makes every folder of the path that isn't there, with `mode`. Fine where all are.
Status make_dirs(const std::filesystem::path& path, mode_t mode = 0700);

// Bytes that this user may still write on the file system that holds `path`.
Result<std::uint64_t> free_bytes(const std::filesystem::path& path);

// Holds the lock file (made if it isn't there) for as long as the descriptor, or a copy of it in a child, is
// open. conflict: somebody else holds it.
Result<Fd> lock_file(const std::filesystem::path& path);

// Takes the lock over a descriptor that one was given; the same lock that came with it stays.
Status lock_descriptor(int fd, const std::filesystem::path& path);

// Whether anybody holds the lock, found out without taking it.
Result<bool> is_locked(const std::filesystem::path& path);

}  // namespace slipway::os
