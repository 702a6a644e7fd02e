// The daemon, which kills itself at a chosen append to its journal:
//
//   crashing_daemon DATA before|after N
//
// Before the N-th append of its life (the world has changed, and nobody knows), or after it (all is decided,
// nothing done). Everything else is as in `slipway serve --data DATA`.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

#include "os/user.h"
#include "server/daemon.h"
#include "shim/shim.h"

namespace {

using slipway::Result;
using slipway::Status;

struct Moment {
  enum class Side { before, after };
  Side side = Side::before;
  int append = 1;  // counted from 1
};

class CrashingJournal final : public slipway::runner::Journal {
 public:
  CrashingJournal(slipway::runner::Journal& real, Moment moment) : real_(real), moment_(moment) {}

  Status append(const slipway::runner::Transaction& transaction) override {
    const bool now = ++appends_ == moment_.append;
    if (now && moment_.side == Moment::Side::before) crash();
    Status written = real_.append(transaction);
    if (now) crash();
    return written;
  }
  Result<std::vector<slipway::runner::Recovered>> recover() override { return real_.recover(); }
  Status check() override { return real_.check(); }

 private:
  [[noreturn]] static void crash() {
    ::kill(::getpid(), SIGKILL);
    std::abort();
  }

  slipway::runner::Journal& real_;
  const Moment moment_;
  int appends_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  // Shims are started from this very program.
  if (argc >= 3 && std::string_view(argv[1]) == "shim") return slipway::shim::run(argv[2]);
  if (argc != 4) return 2;
  const std::string_view side = argv[2];
  if (side != "before" && side != "after") return 2;
  const Moment moment{side == "before" ? Moment::Side::before : Moment::Side::after, std::atoi(argv[3])};
  slipway::server::DaemonOptions options;
  options.data = argv[1];
  options.version = "crashing";
  if (::geteuid() == 0) {
    options.run_as = "nobody";
    if (slipway::os::find_user("haproxy")) options.haproxy_user = "haproxy";
  }
  options.decorate = [moment](slipway::runner::Journal& real) {
    return std::make_unique<CrashingJournal>(real, moment);
  };
  return slipway::server::serve(options);
}
