#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "drivers/traffic/haproxy_config.h"

namespace slipway::drivers::haproxy {

// What the running HAProxy says of itself: the mark of its configuration, and at which addresses of it it
// doesn't listen.
struct Description {
  std::string mark;
  Addresses without;
  bool operator==(const Description&) const = default;
};
std::string text(const Description& description);
// Of another's text: an empty mark.
Description parse_description(std::string_view text);

// The files in HAProxy's folder, as they are to be. A target's part of them is made when its route changes,
// and kept. Safe from every thread.
class Files {
 public:
  explicit Files(Installation installation) : installation_(std::move(installation)) {}

  // Changes exactly when a running HAProxy can't be brought to these routes without a reload.
  std::string mark(const Routes& routes);
  // Everything: file → content: haproxy.cfg, the maps and routes.json. Paths in it are relative to their
  // folder.
  std::map<std::string, std::string> all(const Routes& routes);
  // At these addresses HAProxy isn't to listen, so that it serves the others. Whether that is new.
  bool leave_out(const Addresses& without);
  // What was made for other targets.
  void forget_others(const Routes& routes);
  // One of the maps alone.
  static std::string map_file(const std::string& name, const Routes& routes);

  const Installation& installation() const { return installation_; }

 private:
  // A target's.
  struct Part {
    core::Routing routing;
    std::string preview_token;
    std::string structure;  // differs where the routes' structures do
    std::string entry;      // of routes.json
    Addresses without;
    Section section;  // of haproxy.cfg, not listening at those; empty: not made yet
  };
  Part& part(const core::Target& target, const Route& route);
  Part& with_section(const core::Target& target, const Route& route);
  std::string mark_of_parts(const Routes& routes);

  const Installation installation_;
  std::mutex mutex_;
  Addresses without_;
  std::map<core::Target, Part> parts_;
};

}  // namespace slipway::drivers::haproxy
