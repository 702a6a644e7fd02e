#pragma once

#include "base/json_fwd.h"
#include "cli/client.h"
#include "cli/glyphs.h"
#include "cli/options.h"
#include "cli/render.h"
#include "cli/screen.h"
#include "cli/terminal.h"

namespace slipway::cli {

// What every command works with.
struct Desk {
  const Surroundings& around;
  Format format;
  std::filesystem::path data;
  Writer& out;
  Writer& err;
  Paint paint;
  Client& client;
  Glyphs glyphs = Glyphs::utf8;

  // The API's JSON, whole, as --json prints it.
  void print(const Json& json) { out.line(json.dump(2, ' ', false, Json::error_handler_t::replace)); }
  // What is rendered for: the terminal as wide as it is now, or whoever reads a pipe or file.
  Page page() const {
    return around.terminal ? Page{size_of(around.out).columns, LongLines::folded} : Page{};
  }
  // What was rendered, in the signs that are there.
  void show(const std::string& text) { out.write(with_glyphs(text, glyphs)); }
};

Outcome<void> init(Desk& desk, const Init& options);
Outcome<void> docs(Desk& desk, const Docs& options);
Outcome<void> validate(Desk& desk, const Validate& options);
Outcome<void> status(Desk& desk, const Look& options);
Outcome<void> plan(Desk& desk, const Plan& options);
Outcome<void> deploy(Desk& desk, const Deploy& options);
Outcome<void> promote(Desk& desk, const Promote& options);
Outcome<void> pause(Desk& desk, const Pause& options);
Outcome<void> resume(Desk& desk, const Resume& options);
Outcome<void> abort(Desk& desk, const Abort& options);
Outcome<void> rollback(Desk& desk, const Rollback& options);
Outcome<void> approve(Desk& desk, const Approve& options);
Outcome<void> decline(Desk& desk, const Decline& options);
Outcome<void> attest(Desk& desk, const Attest& options);
Outcome<void> override_check(Desk& desk, const Override& options);
Outcome<void> freeze(Desk& desk, const Freeze& options);
Outcome<void> unfreeze(Desk& desk, const Unfreeze& options);
Outcome<void> emergency(Desk& desk, const Emergency& options);
Outcome<void> environments(Desk& desk, const Environments& options);
Outcome<void> calendar(Desk& desk, const Calendar& options);
Outcome<void> checklist(Desk& desk, const Checklist& options);
Outcome<void> history(Desk& desk, const History& options);
Outcome<void> releases(Desk& desk, const Named& options);
Outcome<void> logs(Desk& desk, const Logs& options);
Outcome<void> audit(Desk& desk, const Audit& options);
Outcome<void> audit_verify(Desk& desk, const AuditVerify& options);
Outcome<void> judge_requests(Desk& desk, const JudgeRequests& options);

}  // namespace slipway::cli
