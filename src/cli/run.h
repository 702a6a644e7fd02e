#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/glyphs.h"

// The slipway command: docs/cli.md.
namespace slipway::cli {

struct ServeOptions {
  std::filesystem::path data;
  std::string run_as;                          // whom instances run as; empty: whom the daemon runs as
  std::string haproxy;                         // the program; empty: found in PATH
  std::optional<std::filesystem::path> users;  // who may do what; nothing: `data`/users.yaml, if any
  std::optional<std::filesystem::path> boot_id_file;
};

// What a command finds around it.
struct Surroundings {
  int out = 1, err = 2;   // descriptors
  bool terminal = false;  // `out` is one
  bool colours = false;
  Glyphs glyphs = Glyphs::utf8;
  std::string version;  // of this program
  std::map<std::string, std::string> environment;
  std::filesystem::path directory;  // where files are looked for
  unsigned user = 0;                // 0: root
  std::function<Time()> now;
  Duration patience{300'000};  // with a daemon that went away while a deployment is waited for
  Duration refresh{1000};      // between two looks of a view that goes on
  std::function<int(const ServeOptions&)> serve;
};

// Of this process: standard output and error, its environment, the system's clock.
Surroundings surroundings(std::string version, std::function<int(const ServeOptions&)> serve);

// Without the program's own name. Returns the exit code.
int run(std::vector<std::string> arguments, const Surroundings& surroundings);

}  // namespace slipway::cli
