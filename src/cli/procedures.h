#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/service.h"

namespace slipway::cli {

// A check that somebody said needn't hold, for one deployment.
struct SetAside {
  Time at;
  std::string environment, version, check, by, reason;
};

// How a service is deployed and taken back, as Markdown for people: environments, checklist, process,
// rollback, alerts, notifications, calendar, release schedule. Made of the configuration, so that it is
// never out of date, and of what was set aside, newest first; nothing: that isn't known.
std::string procedures(const core::Service& service, const std::optional<std::vector<SetAside>>& overrides);

// Its parts, each with its headings.
std::string procedures_of_gates(const core::Service& service);  // environments, checklist, approvals
std::string procedures_of_overrides(const std::optional<std::vector<SetAside>>& overrides);
std::string procedures_of_process(const core::Service& service);  // stages, triggers, going back, smoke tests
std::string procedures_of_calendar(const core::Service& service);  // windows, blackouts, release schedule
std::string procedures_of_telling(const core::Service& service);   // alerts, notifications

// A row of a Markdown table; what would end a cell is escaped.
std::string row(std::initializer_list<std::string> cells);

}  // namespace slipway::cli
