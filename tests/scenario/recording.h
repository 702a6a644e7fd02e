#pragma once

#include <filesystem>
#include <memory>

#include "runner/doors.h"

namespace slipway::scenario {

// Passes everything on, and writes what the journal holds after each append to a file, a line of JSON each:
// the event, its number and time, the state as a JSON Patch (RFC 6902) of the state before, the open effects
// and the history. tests/journal/recorded_test.cc makes journals of it; docs: tests/data/journals/README.md.
std::unique_ptr<runner::Journal> recording(runner::Journal& journal, const std::filesystem::path& file);

}  // namespace slipway::scenario
