// slipway docs: the procedures of a service, by its configuration and, where a daemon answers, what it has
// kept.
#include <algorithm>
#include <functional>

#include "cli/commands.h"
#include "cli/procedures.h"
#include "cli/target.h"

namespace slipway::cli {
namespace {

constexpr int deployments_looked_at = 1000;  // of each environment, the newest

void add(std::vector<SetAside>& all, const std::string& environment, const std::string& version, View check,
         View evidence) {
  if (!evidence["overridden"].yes()) return;
  all.push_back({evidence["at"].time().value_or(Time()), environment, version, check.text(),
                 evidence["by"].text(), evidence["summary"].text()});
}

// What has begun keeps its checks in the history; what is at its checklist still, in its gates.
Outcome<void> add_all(Desk& desk, const TargetName& name, View target, std::vector<SetAside>& all) {
  TRY(const Answer answer,
      desk.client.get(fmt::format("{}/deployments?limit={}", name.path(), deployments_looked_at)));
  for (const Json& json : View(answer.body)["deployments"]) {
    const View record(json);
    for (const Json& check : record["checks"])
      add(all, name.environment, record["release"]["version"].text(), View(check)["check"], View(check));
  }
  const View waiting = target["deployment"];
  for (const Json& check : waiting["gates"]["checks"])
    add(all, name.environment, waiting["release"]["version"].text(), View(check)["check"],
        View(check)["evidence"]);
  return {};
}

// Newest first. Nothing: no daemon answers.
Outcome<std::optional<std::vector<SetAside>>> ask_what_was_set_aside(Desk& desk,
                                                                     const core::Service& service) {
  const Outcome<Answer> answer = desk.client.get("/api/v1/targets");
  if (!answer && answer.error().exit == Exit::unreachable) return std::nullopt;
  if (!answer) return std::unexpected(answer.error());
  std::vector<SetAside> all;
  for (const core::Environment& environment : service.environments) {
    const TargetName name{service.name, environment.name};
    const View target = target_of(View(answer->body)["targets"], name);
    if (!target) continue;
    TRY_VOID(add_all(desk, name, target, all));
  }
  std::ranges::stable_sort(all, std::greater(), &SetAside::at);
  return std::optional(std::move(all));
}

Json json_of(const std::optional<std::vector<SetAside>>& overrides) {
  if (!overrides) return nullptr;
  Json list = Json::array();
  for (const SetAside& each : *overrides)
    list.push_back({{"at", each.at},
                    {"environment", each.environment},
                    {"version", each.version},
                    {"check", each.check},
                    {"by", each.by},
                    {"reason", each.reason}});
  return list;
}

}  // namespace

Outcome<void> docs(Desk& desk, const Docs& options) {
  TRY(const Configuration configuration, read_configuration(desk, options.file));
  const core::Service& service = configuration.service;
  std::optional<std::vector<SetAside>> overrides;
  if (!service.checklist.empty()) {
    TRY(overrides, ask_what_was_set_aside(desk, service));
  }
  const std::string text = procedures(service, overrides);
  if (desk.format == Format::json)
    desk.print({{"service", service.name}, {"markdown", text}, {"overrides", json_of(overrides)}});
  else
    desk.out.write(text);
  return {};
}

}  // namespace slipway::cli
