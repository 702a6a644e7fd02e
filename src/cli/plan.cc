#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/pack.h"

namespace slipway::cli {

Outcome<void> plan(Desk& desk, const Plan& options) {
  const Wanted& wanted = options.wanted;
  TRY(const Asking asking, asking_for(desk, wanted));
  // The digest is of what the daemon unpacks, so it is known once deploy has sent it. That there is something
  // to send is known now.
  const Uploaded artifact = wanted.artifact.empty() ? Uploaded::yes : Uploaded::not_yet;
  if (artifact == Uploaded::not_yet) TRY_VOID(artifact_source(desk.around.directory / wanted.artifact));
  TRY(const Answer answer, desk.client.post(asking.target.path() + "/plan", asking.body));
  const View plan(answer.body);
  const View verdict = plan["answer"];
  std::string why = verdict["message"].text();
  bool accepted = verdict["accepted"].yes();
  // The daemon plans without an artifact; it wouldn't deploy so.
  if (accepted && artifact == Uploaded::yes && !plan["release"]["digest"]) {
    accepted = false;
    why = fmt::format("no artifact of version {} is known here: name it with --artifact PATH",
                      View(asking.body)["version"].text());
  }
  Failure refused(Exit::refused, Error{ErrorKind::refused, why});
  if (desk.format == Format::json) {
    desk.print(answer.body);
  } else {
    if (!accepted) desk.err.line(with_glyphs(desk.paint.red(refused.text()), desk.glyphs));
    refused.told = true;
    desk.show(render_plan(plan, desk.around.now(), desk.paint, artifact, desk.page()));
  }
  if (!accepted) return std::unexpected(std::move(refused));
  return {};
}

}  // namespace slipway::cli
