#pragma once

#include "cli/terminal.h"

namespace slipway::test {

// As for a file: without colours.
inline const cli::Paint plain(cli::Paint::Mode::plain);

}  // namespace slipway::test
