#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runner/doors.h"

namespace slipway::server {

struct DaemonOptions {
  std::filesystem::path data;       // the data directory
  std::string run_as;               // whom instances run as; empty: whom the daemon runs as
  std::string haproxy = "haproxy";  // looked up in PATH, /usr/sbin too
  std::string haproxy_user;         // whom HAProxy's worker runs as; empty: whom the daemon runs as
  std::string version;              // of this program
  std::optional<std::filesystem::path> users;  // who may do what; nothing: data/users.yaml, if it is there
  std::optional<std::filesystem::path> boot_id_file;  // in place of the kernel's, for rehearsing a reboot
  // Puts something between the runner and the journal, for rehearsing failures of the disk.
  std::function<std::unique_ptr<runner::Journal>(runner::Journal&)> decorate;
};

// `slipway serve`: runs until SIGTERM or SIGINT; instances and the proxy live on. The exit code is the
// command line's: 0 ended as asked, 1 something failed, 2 what was given can't be used, 3 another daemon has
// the data directory.
int serve(const DaemonOptions& options);

}  // namespace slipway::server
