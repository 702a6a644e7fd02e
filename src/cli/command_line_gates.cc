#include "cli/command_line.h"

// What is asked before a deployment begins.
namespace slipway::cli {
namespace {

void name(CLI::App* sub, Named& named) {
  sub->add_option("-f,--file", named.file, "the configuration that names the service")->type_name("FILE");
  sub->add_option("ENV", named.environment, "the environment, or SERVICE/ENV")->required();
}

void needs_reason(CLI::App* sub, std::string& reason) {
  sub->add_option("--reason", reason, "why; it is kept")->required()->type_name("TEXT");
}

}  // namespace

void CommandLine::add_gates() {
  CLI::App* sub =
      add("checklist", "the checklist of what is under way, line by line", &checklist, checklist_);
  name(sub, checklist_.target);
  sub->add_flag("--markdown", checklist_.markdown, "as Markdown");

  sub = add("attest", "say that a check is met", &attest, attest_);
  name(sub, attest_.target);
  sub->add_option("CHECK", attest_.check, "its name")->required();
  sub->add_option("--note", attest_.note, "what it rests on")->type_name("TEXT");
  sub->add_option("--version", attest_.version, "of which release; what is under way, if not given")
      ->type_name("V");

  sub = add("override", "set a check of what is under way aside", &override_check, override_);
  name(sub, override_.target);
  sub->add_option("CHECK", override_.check, "its name")->required();
  needs_reason(sub, override_.reason);

  sub = add("approve", "approve what waits for it", &approve, approve_);
  name(sub, approve_.target);
  sub->add_option("--note", approve_.note, "for the history")->type_name("TEXT");

  sub = add("decline", "end what waits for approval", &decline, decline_);
  name(sub, decline_.target);
  needs_reason(sub, decline_.reason);

  sub = add("freeze", "let nothing start for a while; going back is always allowed", &freeze, freeze_);
  name(sub, freeze_.target);
  sub->add_option("--from", freeze_.from, "a time such as 2026-12-01T09:00Z; now, if not given")
      ->type_name("TIME");
  CLI::Option* to = sub->add_option("--to", freeze_.to, "a time")->type_name("TIME");
  sub->add_option("--for", freeze_.lasts, "how long, such as 2d or 90m")->type_name("DURATION")->excludes(to);
  needs_reason(sub, freeze_.reason);

  sub = add("unfreeze", "lift a freeze", &unfreeze, unfreeze_);
  name(sub, unfreeze_.target);
  sub->add_option("NUMBER", unfreeze_.number, "which; status lists them")
      ->required()
      ->check(CLI::PositiveNumber);
  sub->add_option("--reason", unfreeze_.reason, "for the history")->type_name("TEXT");

  sub = add("emergency", "open an emergency window", &emergency, emergency_);
  name(sub, emergency_.target);
  sub->add_option("--for", emergency_.lasts, "how long, such as 1h")->required()->type_name("DURATION");
  needs_reason(sub, emergency_.reason);
}

}  // namespace slipway::cli
