#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/hours.h"
#include "cli/render.h"

namespace slipway::cli {

// An environment as the configuration and the daemon have it.
struct Place {
  std::string name;
  std::optional<Hours> hours;      // nothing: the file doesn't name it
  std::vector<std::string> after;  // by the file
  Json target;                     // null: nothing was deployed there yet
  // What the file says otherwise than what runs there; nothing: that can't be told.
  std::optional<std::vector<std::string>> changes;

  View stable() const { return View(target)["stable"]; }
};

struct Places {
  std::string service;
  std::string file;  // as written, for commands; empty: the usual one
  std::vector<Place> all;
};

// A row of each, and below what differs, in sentences.
std::string render_environments(const Places& places, Time now, const Paint& paint, const Page& page = {});
Json environments_json(const Places& places, Time now);

// Along `after`, and from the file.
std::vector<std::string> differences(const Places& places, Time now);

// "14 h 3 min ago", from a day and a half on "2026-11-23 22:14".
std::string since_text(std::optional<Time> since, Time now);
// What is under way there, in a few words; empty: nothing.
std::string under_way_text(View target);

}  // namespace slipway::cli
