#include "core/turn.h"

// Where users can't be served though the release runs.
namespace slipway::core {

void take(Turn& turn, const ListenersChanged& event) {
  auto& known = turn.state().missing_listeners;
  if (known == event.missing) return;
  const bool more = !event.missing.empty();
  known = event.missing;
  if (!more) return turn.note("users are served at all addresses again");
  const std::string what = fmt::format(
      "nobody can be served at {}, until the host has the address or no other program listens there",
      fmt::join(event.missing, ", "));
  turn.note("{}", what);
  alert(turn, what);
}

}  // namespace slipway::core
