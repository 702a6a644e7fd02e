#pragma once

#include <sys/types.h>

namespace slipway::os {

// The rest of a guard's life: a process between us and one program, which becomes the parent of whatever the
// program leaves behind (so that nothing gets away, in whatever group or session it is), and ends last, as
// the program did. A byte on `leash` is a SIGTERM for all of them. When the other end of it is closed, also
// by our own end, or the program has ended, all that is left gets a SIGKILL.
//
// Called in the guard itself with every signal blocked, after be_guard() and the program's fork: makes system
// calls only.
[[noreturn]] void guard(pid_t program, int leash);

// Before the program is forked. False, with errno, when it can't.
bool be_guard();

}  // namespace slipway::os
