#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run.h"
#if __has_include("server/daemon.h")
#include "server/daemon.h"
#endif
#include "base/log.h"
#include "shim/shim.h"

namespace {

int serve(const slipway::cli::ServeOptions& options) {
#if __has_include("server/daemon.h")
  slipway::server::DaemonOptions daemon;
  daemon.data = options.data;
  daemon.run_as = options.run_as;
  if (!options.haproxy.empty()) daemon.haproxy = options.haproxy;
  daemon.boot_id_file = options.boot_id_file;
  return slipway::server::serve(std::move(daemon));
#else
  slipway::log_error("this build has no daemon to run in {}", options.data.string());
  return 1;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  // A shim is small and outlives everything else: nothing is set up before it takes over.
  if (argc == 3 && std::string_view(argv[1]) == "shim") return slipway::shim::run(argv[2]);
  std::signal(SIGPIPE, SIG_IGN);
  return slipway::cli::run(std::vector<std::string>(argv + 1, argv + argc),
                           slipway::cli::surroundings(serve));
}
