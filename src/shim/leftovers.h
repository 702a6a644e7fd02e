#pragma once

#include <string>
#include <vector>

#include "os/fd.h"
#include "shim/folder.h"

// What a shim that was killed left behind. The kernel ends its program with it, but not what the program had
// started: that may hold a port or a lock which the next start needs.
namespace slipway::shim {

// Every program has this variable, and what it starts inherits it: whose shim they belong to.
inline constexpr const char* mark_name = "SLIPWAY_SHIM";
std::string mark_of(const os::Identity& shim);

// Pidfds of those processes that are surely of the shim which DIR/shim.json names; its program, too, while
// the kernel hasn't ended it yet. Sure is: born on this boot and after that shim, and marked with that shim's
// identity; or, as programs may overwrite their environment, born into the program's process group, without
// another shim's mark, and at work in the folder where the program ran or from a file of that folder. Numbers
// alone are never believed: the kernel gives them out again. Empty where nothing is recorded. A shim that
// lives must not be asked about: its processes are no leftovers.
Result<std::vector<os::Fd>> leftovers(const Folder& folder);

// SIGKILL to them, until none is left; DIR/shim.json goes last. The caller holds the folder's lock.
// unavailable when some are left after 5 s.
Status end_leftovers(const Folder& folder);

}  // namespace slipway::shim
