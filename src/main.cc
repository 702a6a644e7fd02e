#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run.h"
#include "os/user.h"
#include "server/daemon.h"
#include "shim/shim.h"

namespace {

int serve(const slipway::cli::ServeOptions& options) {
  slipway::server::DaemonOptions daemon;
  daemon.data = options.data;
  daemon.run_as = options.run_as;
  if (!options.haproxy.empty()) daemon.haproxy = options.haproxy;
  // Debian's package makes this user; HAProxy binds first and works as it then.
  if (::geteuid() == 0 && slipway::os::find_user("haproxy")) daemon.haproxy_user = "haproxy";
  daemon.version = SLIPWAY_VERSION;
  daemon.users = options.users;
  daemon.boot_id_file = options.boot_id_file;
  return slipway::server::serve(daemon);
}

}  // namespace

int main(int argc, char** argv) {
  // A shim is small and outlives everything else: nothing is set up before it takes over.
  if (argc >= 3 && std::string_view(argv[1]) == "shim") return slipway::shim::run(argv[2]);
  std::signal(SIGPIPE, SIG_IGN);
  return slipway::cli::run(std::vector<std::string>(argv + 1, argv + argc),
                           slipway::cli::surroundings(SLIPWAY_VERSION, serve));
}
