// What is asked before a deployment begins: who says yes, what is closed, and the checklist.
#include "cli/commands.h"
#include "cli/target.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

Outcome<void> say(Desk& desk, const TargetName& target, std::string_view call, const Json& body) {
  TRY(const Answer answer, desk.client.post(fmt::format("{}/{}", target.path(), call), body));
  if (desk.format == Format::json)
    desk.print(answer.body);
  else
    desk.out.line(View(answer.body)["message"].text());
  return {};
}

Outcome<void> say(Desk& desk, const Named& named, std::string_view call, const Json& body) {
  TRY(const TargetName target, resolve(desk, named));
  return say(desk, target, call, body);
}

Outcome<Duration> duration(const std::string& text) {
  const auto parsed = parse_duration(text);
  if (!parsed) return fail_with(Exit::usage, ErrorKind::invalid_input, "--for: {}", parsed.error().message);
  return *parsed;
}

std::string mark(View check) {
  const View evidence = check["evidence"];
  if (!evidence) return check["attest"].yes() || !check["under_way"].yes() ? "•" : "…";
  return evidence["passed"].yes() ? "✓" : "✗";
}

std::string basis(View check) {
  const View evidence = check["evidence"];
  if (!evidence && check["attest"].yes()) return "somebody is to attest it";
  if (const std::string problem = check["problem"].text(); !evidence && !problem.empty()) {
    const auto next = check["retry_at"].time();
    return fmt::format("couldn't be looked at: {}; {}", problem,
                       next ? "the next try is at " + format_time(*next) : "it is tried again");
  }
  if (!evidence) return "under way";
  std::string text = evidence["summary"].text();
  if (evidence["overridden"].yes())
    text = fmt::format("set aside by {}: {}", evidence["by"].text(), text);
  else if (!evidence["by"].text().empty())
    text = fmt::format("attested by {}{}", evidence["by"].text(), text.empty() ? "" : ": " + text);
  if (const auto at = evidence["at"].time()) text += fmt::format("  ({})", format_time(*at));
  return text;
}

}  // namespace

Outcome<void> approve(Desk& desk, const Approve& options) {
  return say(desk, options.target, "approve", {{"reason", options.note}});
}

Outcome<void> decline(Desk& desk, const Decline& options) {
  return say(desk, options.target, "decline", {{"reason", options.reason}});
}

Outcome<void> attest(Desk& desk, const Attest& options) {
  Json body{{"check", options.check}, {"reason", options.note}};
  if (!options.version.empty()) body["version"] = options.version;
  return say(desk, options.target, "attest", body);
}

Outcome<void> override_check(Desk& desk, const Override& options) {
  return say(desk, options.target, "override", {{"check", options.check}, {"reason", options.reason}});
}

Outcome<void> freeze(Desk& desk, const Freeze& options) {
  const std::string from = options.from.empty() ? format_time(desk.around.now()) : options.from;
  std::string to = options.to;
  if (!options.lasts.empty()) {
    if (!options.from.empty())
      return fail_with(Exit::usage, ErrorKind::invalid_input, "--for counts from now: with --from, say --to");
    TRY(const Duration lasts, duration(options.lasts));
    to = format_time(desk.around.now() + lasts);
  }
  if (to.empty())
    return fail_with(Exit::usage, ErrorKind::invalid_input, "say until when: --to TIME, or --for DURATION");
  TRY(const TargetName target, resolve_new(desk, options.target));
  return say(desk, target, "freeze", {{"from", from}, {"to", to}, {"reason", options.reason}});
}

Outcome<void> unfreeze(Desk& desk, const Unfreeze& options) {
  return say(desk, options.target, "unfreeze", {{"number", options.number}, {"reason", options.reason}});
}

Outcome<void> emergency(Desk& desk, const Emergency& options) {
  TRY(const Duration lasts, duration(options.lasts));
  TRY(const TargetName target, resolve_new(desk, options.target));
  Json body{{"until", format_time(desk.around.now() + lasts)}, {"reason", options.reason}};
  // Before the first deployment the daemon knows of no rule for it.
  const auto configuration = read_configuration(desk, options.target.file);
  if (configuration && configuration->service.name == target.service) body["config"] = configuration->text;
  Outcome<void> said = say(desk, target, "emergency", body);
  // What it lacked may be what isn't readable here: both are said.
  const bool wrong = !configuration && !configuration.error().details.is_null();
  if (!said && wrong)
    said.error().error.message +=
        "\nAnd this isn't sent along, as it has errors:\n" + configuration.error().error.message;
  return said;
}

Outcome<void> checklist(Desk& desk, const Checklist& options) {
  TRY(const TargetName target, resolve(desk, options.target));
  TRY(const Answer answer, desk.client.get(target.path()));
  const View deployment = View(answer.body)["deployment"];
  const View gates = deployment["gates"];
  if (desk.format == Format::json) {
    desk.print(gates ? answer.body["deployment"]["gates"]["checks"] : Json::array());
    return {};
  }
  if (!gates || gates["checks"].size() == 0) {
    desk.out.line(
        "no checklist is being gone through; those of the past: slipway history ENV --deployment N");
    return {};
  }
  std::string text, group;
  for (const Json& each : gates["checks"]) {
    const View check(each);
    if (check["group"].text() != group) {
      group = check["group"].text();
      text += options.markdown ? fmt::format("\n### {}\n\n", group) : fmt::format("{}\n", group);
    }
    const std::string line = fmt::format("{}: {}", check["check"].text(), basis(check));
    const bool met = check["evidence"] && check["evidence"]["passed"].yes();
    text += options.markdown ? fmt::format("- [{}] {}\n", met ? "x" : " ", line)
                             : fmt::format("  {} {}\n", mark(check), line);
    if (!met && check["evidence"] && !check["evidence"]["tail"].text().empty())
      text += fmt::format("      {}\n", check["evidence"]["tail"].text());
  }
  desk.show(text);
  return {};
}

}  // namespace slipway::cli
