#pragma once

#include "core/state.h"
#include "journal/sqlite_journal.h"

namespace slipway::server {

// Since when what is stable has been so without a gap: it was promoted, or users came back to it after one
// that was promoted and taken back. Nothing: there is no stable release.
Result<std::optional<Time>> stable_since(journal::SqliteJournal& journal, const core::TargetState& state);

}  // namespace slipway::server
