#pragma once

#include <set>
#include <string>

#include "journal/sqlite_journal.h"
#include "runner/runner.h"

namespace slipway::server {

// Digests of the artifacts that run, are to run, or may be gone back to.
std::set<std::string> needed_artifacts(const runner::Runner& runner, journal::SqliteJournal& journal);

}  // namespace slipway::server
