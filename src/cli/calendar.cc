// slipway calendar: the weeks of an environment, by its configuration and what people have said to the
// daemon.
#include "cli/commands.h"
#include "cli/render_calendar.h"
#include "cli/target.h"

namespace slipway::cli {
namespace {

// What the daemon knows of the service's environments; nothing: it doesn't answer.
Outcome<std::optional<Json>> ask_for_targets(Desk& desk) {
  Outcome<Answer> answer = desk.client.get("/api/v1/targets");
  if (answer) return std::optional(std::move(answer->body));
  if (answer.error().exit == Exit::unreachable) return std::nullopt;
  return std::unexpected(std::move(answer.error()));
}

Outcome<Weeks> read_weeks(const Calendar& options) {
  constexpr int first_year = 2000, last_year = 2100;
  Weeks weeks{std::nullopt, options.weeks};
  if (options.from.empty()) return weeks;
  const auto from = calendar::parse_day(options.from);
  if (!from) return fail_with(Exit::usage, ErrorKind::invalid_input, "--from: {}", from.error().message);
  const auto year = int(std::chrono::year_month_day(*from).year());
  if (year < first_year || year > last_year)
    return fail_with(Exit::usage, ErrorKind::invalid_input, "--from: {} is not from {} to {}", options.from,
                     first_year, last_year);
  weeks.from = *from;
  return weeks;
}

bool has_calendar(const core::Gates& gates, View target) {
  return !gates.calendar.windows.empty() || !gates.calendar.blackouts.empty() ||
         target["freezes"].size() > 0 || target["emergency"]["open"].yes();
}

Outcome<std::vector<DrawnCalendar>> draw_all(const Desk& desk, const Configuration& configuration,
                                             const std::string& only, View targets, const Weeks& weeks) {
  std::vector<DrawnCalendar> all;
  for (const core::Environment& environment : configuration.service.environments) {
    if (!only.empty() && environment.name != only) continue;
    const auto bound = core::bind(configuration.service, environment.name);
    if (!bound) return std::unexpected(Failure(bound.error()));
    const View target = target_of(targets, {configuration.service.name, environment.name});
    if (only.empty() && !has_calendar(bound->gates, target)) continue;
    auto drawn = draw(environment.name, bound->gates, target, desk.around.now(), weeks);
    if (!drawn)
      return fail_with(Exit::usage, drawn.error().kind, "{}: {}", environment.name, drawn.error().message);
    all.push_back(*std::move(drawn));
  }
  return all;
}

}  // namespace

Outcome<void> calendar(Desk& desk, const Calendar& options) {
  TRY(const Weeks weeks, read_weeks(options));
  TRY(const Configuration configuration, read_configuration(desk, options.target.file));
  std::string only;
  if (!options.target.environment.empty()) {
    TRY(const TargetName target, resolve(options.target, configuration));
    only = target.environment;
  }
  TRY(const std::optional<Json> known, ask_for_targets(desk));
  const Json nothing;
  const View targets = View(known ? *known : nothing)["targets"];
  TRY(const std::vector<DrawnCalendar> drawn, draw_all(desk, configuration, only, targets, weeks));
  const Time now = desk.around.now();
  const std::string& service = configuration.service.name;
  if (desk.format == Format::json) {
    Json json{{"service", service},
              {"now", now},
              {"freezes_known", known.has_value()},
              {"environments", Json::array()}};
    for (const DrawnCalendar& each : drawn) json["environments"].push_back(calendar_json(each, now));
    desk.print(json);
    return {};
  }
  std::string text;
  for (const DrawnCalendar& each : drawn)
    text += (text.empty() ? "" : "\n") + render_calendar(service, each, now, desk.paint, desk.page());
  if (drawn.empty())
    text = fmt::format("no environment of {} has windows or blackouts: they are open at any time\n", service);
  if (!known)
    text += "\nno daemon answers: freezes and emergency windows aren't known, and the rest is the file's\n";
  desk.show(text);
  return {};
}

}  // namespace slipway::cli
