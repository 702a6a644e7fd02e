#pragma once

#include <string>

#include "base/json_fwd.h"
#include "cli/terminal.h"
#include "cli/view.h"

// docs/api.md's objects for people to read. Pure: the time is given.
namespace slipway::cli {

// Whether the daemon knows the artifact that a plan speaks of.
enum class Uploaded { yes, not_yet };

// Lines that are wider than the page: left whole for pipes and files, folded for a terminal.
enum class LongLines { whole, folded };

struct Page {
  std::size_t columns = 100;
  LongLines long_lines = LongLines::whole;
};

std::string render_target(View target, Time now, const Paint& paint, const Page& page = {});
std::string render_targets(View targets, Time now, const Paint& paint, const Page& page = {});  // a line each
// For a terminal, with the last lines of the timeline in the deployment's record.
std::string render_watch(View target, View record, Time now, const Paint& paint, std::size_t columns);
std::string render_plan(View plan, Time now, const Paint& paint, Uploaded artifact, const Page& page = {});
// Where the page is too narrow for the table, causes and times of return stand below their deployments.
std::string render_history(View deployments, Time now, const Paint& paint, const Page& page = {});
std::string render_timeline(View record, const Paint& paint, const Page& page = {});
std::string render_releases(View releases, const Paint& paint);
std::string render_note(View note);  // "14:00:03  …"

// A target without what changes from second to second: where two differ, something happened.
Json essence(View target);

// A line for what happened: it did where the keys differ. The figures change all the time.
struct ChangeLine {
  std::string key, figures;
};
ChangeLine change_line(View target, Time now);

}  // namespace slipway::cli
