#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace slipway::test {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string exe;   // the program's file
  std::string line;  // its arguments, blanks between them
};

// Makes this process the parent of every descendant whose own parent ends, so that none gets lost.
void adopt_orphans();

// Every living process below this one, parents before children.
std::vector<Process> descendants();

// SIGKILL to all of them, again until none is left.
void end_descendants();

}  // namespace slipway::test
