#include <algorithm>
#include <array>

#include "calendar/resolve.h"
#include "cli/procedures.h"

namespace slipway::cli {
namespace {

std::string days(const calendar::Window& window) {
  constexpr std::array names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const auto& on = window.days;
  if (std::ranges::all_of(on, [](bool day) { return day; })) return "Any";
  if (!on[0] && !on[6] && on[1] && on[2] && on[3] && on[4] && on[5]) return "Mon-Fri";
  std::vector<std::string_view> list;
  for (std::size_t i = 1; i <= names.size(); ++i)
    if (on[i % 7]) list.emplace_back(names[i % 7]);
  return fmt::format("{}", fmt::join(list, ", "));
}

std::string times(const calendar::Window& window) {
  const auto clock = [](calendar::Minutes time) {
    return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60);
  };
  if (window.from.count() == 0 && window.to.count() == 24 * 60) return "Any";
  return fmt::format("{}-{} {}", clock(window.from), clock(window.to), window.zone);
}

std::string at_close(core::AtClose what) {
  switch (what) {
    case core::AtClose::finish:
      return "finishes";
    case core::AtClose::hold:
      return "holds: nobody is moved forward until it opens again";
    case core::AtClose::roll_back:
      break;
  }
  return "goes back";
}

std::string scheduled(const std::optional<calendar::Turn>& turn) {
  return turn ? calendar::describe(*turn) : "whenever a window is open";
}

}  // namespace

std::string procedures_of_calendar(const core::Service& service) {
  std::string text = "## Deployment Calendar\n\n### Deployment Windows\n\n" +
                     row({"Environment", "Day", "Time", "Longest deployment", "Blackout dates"}) +
                     "|---|---|---|---|---|\n";
  for (const core::Environment& environment : service.environments) {
    const calendar::Rules& rules = environment.gates.calendar;
    std::vector<std::string> blackouts;
    for (const calendar::Blackout& blackout : rules.blackouts)
      blackouts.push_back(calendar::describe(blackout));
    const std::string closed = blackouts.empty() ? "None" : fmt::format("{}", fmt::join(blackouts, "; "));
    if (rules.windows.empty()) text += row({environment.name, "Any", "Any", "–", closed});
    for (const calendar::Window& window : rules.windows)
      text += row({environment.name, days(window), times(window),
                   window.longest ? format_duration(*window.longest) : "–", closed});
  }
  for (const core::Environment& environment : service.environments) {
    const core::Gates& gates = environment.gates;
    if (gates.calendar.windows.empty() && gates.calendar.blackouts.empty()) continue;
    text += fmt::format(
        "\nWhat is under way in {} when its window closes {}. An emergency window there needs {}, and "
        "lasts {} at most.\n",
        environment.name, at_close(gates.at_close),
        gates.emergency.people == 1 ? "one person" : std::to_string(gates.emergency.people) + " people",
        format_duration(gates.emergency.longest));
  }
  text +=
      "\nA freeze (`slipway freeze ENVIRONMENT`) closes an environment for a while; going back is always "
      "allowed.\n";
  if (service.schedule.empty()) return text;
  text += "\n### Release Schedule\n\n";
  using calendar::ReleaseClass;
  for (const ReleaseClass of :
       {ReleaseClass::major, ReleaseClass::minor, ReleaseClass::patch, ReleaseClass::hotfix}) {
    const auto& turn = service.schedule.of(of);
    text += fmt::format(
        "- **{}**: {}{}\n", calendar::name(of), scheduled(turn),
        turn && turn->approvals > 0
            ? fmt::format(", with {}", turn->approvals == 1 ? "an approval"
                                                            : std::to_string(turn->approvals) + " approvals")
            : "");
  }
  return text;
}

std::string procedures_of_telling(const core::Service& service) {
  std::string text;
  if (!service.alerts.empty()) {
    text += "## Monitoring & Alerts\n\nArmed with each deployment, disarmed after its bake:\n\n";
    const bool heard = std::ranges::any_of(service.notifications, [](const core::Channel& channel) {
      return channel.on.contains(core::NoticeKind::alert);
    });
    for (const core::Alert& alert : service.alerts) {
      std::vector<std::string> actions;
      actions.emplace_back(alert.notify && heard ? "somebody is told" : "`slipway status` shows it");
      if (!alert.command.empty())
        actions.push_back(fmt::format("`{}` is run", fmt::join(alert.command, " ")));
      if (alert.roll_back) actions.emplace_back("it goes back");
      text += fmt::format("- {}: {}\n", core::describe(alert), fmt::join(actions, ", "));
    }
  }
  if (service.notifications.empty()) return text;
  text += fmt::format("{}## Deployment Communication\n\n", text.empty() ? "" : "\n");
  for (const core::Channel& channel : service.notifications) {
    std::vector<std::string> kinds;
    for (const core::NoticeKind kind : channel.on) {
      std::string words(core::name(kind));
      std::ranges::replace(words, '_', ' ');
      kinds.push_back(std::move(words));
    }
    std::string who = "A webhook";
    if (channel.kind == core::Channel::Kind::slack) who = "Slack";
    if (channel.kind == core::Channel::Kind::command)
      who = fmt::format("`{}`", fmt::join(channel.command, " "));
    text += fmt::format("- {} is told: {}\n", who, fmt::join(kinds, ", "));
  }
  return text;
}

}  // namespace slipway::cli
