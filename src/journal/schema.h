#pragma once

#include "journal/sqlite_file.h"

namespace slipway::journal {

// Of the tables. Rises when an older Slipway couldn't read them.
inline constexpr int schema_format = 2;

// Makes a new file a journal, and sees that one that was there is a journal that this Slipway reads:
// conflict, before anything in it is changed, if not.
Status prepare(SqliteFile& file);

}  // namespace slipway::journal
