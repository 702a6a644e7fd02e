#pragma once

#include <string>

#include "base/json_fwd.h"
#include "cli/calendar_weeks.h"
#include "cli/render.h"

namespace slipway::cli {

// Of one environment: the sentence, the weeks, what the marks mean, and the release schedule.
std::string render_calendar(const std::string& service, const DrawnCalendar& calendar, Time now,
                            const Paint& paint, const Page& page = {});

Json calendar_json(const DrawnCalendar& calendar, Time now);

}  // namespace slipway::cli
