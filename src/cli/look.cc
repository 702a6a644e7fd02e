// The commands that only look.
#include <algorithm>

#include "cli/commands.h"
#include "cli/watch.h"

namespace slipway::cli {

Outcome<void> status(Desk& desk, const Look& options) {
  std::optional<TargetName> target;
  if (!options.target.environment.empty()) {
    TRY(target, resolve(desk, options.target));
  }
  if (options.watching == Watching::watch) return watch(desk, target);
  TRY(const Answer answer, desk.client.get(target ? target->path() : "/api/v1/targets"));
  const View body(answer.body);
  if (desk.format == Format::json)
    desk.print(answer.body);
  else if (target)
    desk.show(render_target(body, desk.around.now(), desk.paint, desk.page()));
  else
    desk.show(render_targets(body["targets"], desk.around.now(), desk.paint, desk.page()));
  return {};
}

Outcome<void> history(Desk& desk, const History& options) {
  TRY(const TargetName target, resolve(desk, options.target));
  const std::string path = target.path() + "/deployments";
  TRY(const Answer answer,
      desk.client.get(options.deployment ? fmt::format("{}/{}", path, *options.deployment)
                                         : fmt::format("{}?limit={}", path, options.limit)));
  const View body(answer.body);
  if (desk.format == Format::json)
    desk.print(answer.body);
  else if (options.deployment)
    desk.show(render_timeline(body, desk.paint, desk.page()));
  else
    desk.show(render_history(body["deployments"], desk.around.now(), desk.paint, desk.page()));
  return {};
}

Outcome<void> releases(Desk& desk, const Named& options) {
  TRY(const TargetName target, resolve(desk, options));
  TRY(const Answer answer, desk.client.get(target.path() + "/releases"));
  if (desk.format == Format::json)
    desk.print(answer.body);
  else
    desk.show(render_releases(View(answer.body)["releases"], desk.paint));
  return {};
}

Outcome<void> logs(Desk& desk, const Logs& options) {
  TRY(const TargetName target, resolve(desk, options.target));
  std::string path = fmt::format("{}/logs?lines={}&follow={}", target.path(), options.lines, options.follow);
  if (!options.instance.empty()) path += "&instance=" + escaped(options.instance);
  auto streamed = desk.client.stream(path, {.takes = [&](std::string_view piece) {
                                       desk.out.write(piece);
                                       return desk.out.error_number() == 0;
                                     }});
  if (!streamed) return streamed;
  if (options.follow && desk.out.error_number() == 0)
    return fail_with(Exit::unreachable, ErrorKind::unavailable,
                     "the daemon ended the stream; go on with: slipway logs {} --follow", target.text());
  return {};
}

}  // namespace slipway::cli
