#pragma once

#include <string>

#include "cli/terminal.h"
#include "cli/view.h"

// docs/api.md's objects for people to read. Pure: the time is given.
namespace slipway::cli {

std::string render_target(View target, Time now, const Paint& paint);
std::string render_targets(View targets, Time now, const Paint& paint);  // a line each
std::string render_history(View deployments, Time now, const Paint& paint);
std::string render_timeline(View record, const Paint& paint);
std::string render_releases(View releases, const Paint& paint);
std::string render_note(View note);  // "14:00:03  …"

}  // namespace slipway::cli
