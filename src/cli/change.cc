// The commands that change something, and wait for what comes of it.
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/pack.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

struct Ask {
  const TargetName& target;
  std::string call;  // "deployments", "promote", "rollback", "abort"
  Json body;
  Goal goal = Goal::promoted;
  Waiting waiting = Waiting::wait;
};

std::string finish(View record) {
  const std::string version = record["release"]["version"].text();
  if (record["outcome"].text() == "promoted" || record["outcome"].text() == "under_way") {
    std::string text = version + " is promoted: every user has it";
    if (!record["ended"] && record["replaced"])
      text += fmt::format("; {} stays warm until the bake ends", record["replaced"]["version"].text());
    return text;
  }
  return fmt::format("{} is {}: users are back on {}", version, outcome_text(record),
                     record["replaced"] ? record["replaced"]["version"].text() : "nothing");
}

Outcome<void> ask(Desk& desk, const Ask& ask) {
  const Time since = desk.around.now();
  TRY(const Answer answer, desk.client.post(ask.target.path() + "/" + ask.call, ask.body));
  const View reply(answer.body);
  const bool json = desk.format == Format::json;
  const int deployment = static_cast<int>(reply["deployment"].number());
  if (deployment == 0 || ask.waiting == Waiting::detach) {
    if (json)
      desk.print(answer.body);
    else if (deployment == 0)
      desk.out.line(reply["message"].text());
    else
      desk.out.line(std::to_string(deployment));
    return {};
  }
  if (!json) desk.out.line(fmt::format("{}  {}", clock(since), reply["message"].text()));
  TRY(const Json record, follow(desk, ask.target, {deployment, ask.goal, since}));
  if (json)
    desk.print(record);
  else
    desk.out.line(desk.paint.green(finish(View(record))));
  return {};
}

Json with_reason(const std::string& reason) {
  Json body = Json::object();
  if (!reason.empty()) body["reason"] = reason;
  return body;
}

// What is done when the daemon says so.
Outcome<void> ask_at_once(Desk& desk, const Named& named, std::string_view call, const std::string& reason) {
  TRY(const TargetName target, resolve(desk, named));
  TRY(const Answer answer, desk.client.post(fmt::format("{}/{}", target.path(), call), with_reason(reason)));
  if (desk.format == Format::json)
    desk.print(answer.body);
  else
    desk.out.line(View(answer.body)["message"].text());
  return {};
}

}  // namespace

Outcome<void> deploy(Desk& desk, const Deploy& options) {
  TRY(Asking asking, asking_for(desk, options.wanted));
  if (options.end_bake) asking.body["end_bake"] = true;
  if (!options.wanted.artifact.empty()) {
    TRY(const Source source, artifact_source(desk.around.directory / options.wanted.artifact));
    TRY(const Answer stored, desk.client.put("/api/v1/artifacts", source));
    asking.body["digest"] = View(stored.body)["digest"].text();
  }
  return ask(desk, {asking.target, "deployments", std::move(asking.body), Goal::promoted, options.waiting});
}

Outcome<void> promote(Desk& desk, const Promote& options) {
  TRY(const TargetName target, resolve(desk, options.target));
  return ask(desk, {target, "promote", with_reason(options.reason), Goal::promoted, options.waiting});
}

Outcome<void> pause(Desk& desk, const Pause& options) {
  return ask_at_once(desk, options.target, "pause", options.reason);
}

Outcome<void> resume(Desk& desk, const Resume& options) {
  return ask_at_once(desk, options.target, "resume", options.reason);
}

Outcome<void> abort(Desk& desk, const Abort& options) {
  TRY(const TargetName target, resolve(desk, options.target));
  return ask(desk, {target, "abort", with_reason(options.reason), Goal::returned, options.waiting});
}

Outcome<void> rollback(Desk& desk, const Rollback& options) {
  TRY(const TargetName target, resolve(desk, options.target));
  Json body = with_reason(options.reason);
  if (options.revision) body["revision"] = *options.revision;
  if (options.force) body["force"] = true;
  return ask(desk, {target, "rollback", std::move(body), Goal::returned, options.waiting});
}

}  // namespace slipway::cli
