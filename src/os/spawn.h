#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/fd.h"
#include "os/user.h"

namespace slipway::os {

// What ties a started process to us.
enum class Bond {
  child,             // ours to wait for, in a process group of its own
  dies_with_parent,  // the same, and the kernel kills it when the thread that started it ends
  detached,          // in a session of its own, a child of init's: it outlives us
  guarded,           // below a guard (guard.h), whose pid it has for us, and which ends as it does
};

// How to start a program. It gets exactly this: signals as the system sets them, umask 022, no other
// descriptors, no other environment.
struct Launch {
  std::string program;            // the file
  std::vector<std::string> argv;  // with argv[0]
  std::map<std::string, std::string> env;
  std::string directory = "/";
  std::optional<User> user;         // who it becomes, for good; nothing: it stays whom we are
  int in = -1, out = -1, err = -1;  // its standard descriptors; -1: /dev/null
  std::vector<int> inherited;       // become its descriptors 3, 4, …
  Bond bond = Bond::child;
  int leash = -1;  // guarded: the end of a pipe that is read
};

// Returns once the program runs in the new process: a failure to get there is an error that says which step
// failed and why. Its kind is not_found where the program (or its interpreter, or the folder) isn't there,
// else unavailable. The pid; that of a detached process isn't known, and the value is 0. Safe with other
// threads about.
Result<pid_t> spawn(const Launch& launch);

struct Pipe {
  Fd read, write;
};
Result<Pipe> make_pipe();  // both ends close on exec

}  // namespace slipway::os
