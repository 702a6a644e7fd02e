#include "cli/command_line.h"

#include <charconv>

namespace slipway::cli {
namespace {

constexpr const char* footer =
    "Exit codes: 0 done, 1 internal error, 2 usage or configuration, 3 refused, 4 rolled back or aborted,\n"
    "            5 no daemon answers.\n"
    "ENV is an environment's name, or SERVICE/ENV; the service comes from slipway.yaml, if there is one "
    "here.\n";

CLI::Option* add_target(CLI::App* sub, Named& named) {
  sub->add_option("-f,--file", named.file, "the configuration that names the service")->type_name("FILE");
  return sub->add_option("ENV", named.environment, "the environment, or SERVICE/ENV");
}

void add_reason(CLI::App* sub, std::string& reason) {
  sub->add_option("--reason", reason, "for the history")->type_name("TEXT");
}

void add_wanted(CLI::App* sub, Wanted& wanted) {
  add_target(sub, wanted.target)->required();
  CLI::Option* version =
      sub->add_option("--version", wanted.version, "the release's version")->type_name("V");
  CLI::Option* artifact = sub->add_option("--artifact", wanted.artifact,
                                          "a directory or an archive; what V had before, if not given")
                              ->type_name("PATH");
  CLI::Option* commit =
      sub->add_option("--commit", wanted.commit,
                      "which it was made from; the one checked out beside the configuration, if not given")
          ->type_name("SHA");
  sub->add_option("--from", wanted.from, "take along what runs in that environment")
      ->type_name("ENV")
      ->excludes(version)
      ->excludes(artifact)
      ->excludes(commit);
  sub->add_option("--at", wanted.at, "next-window, or a time such as 2026-11-26T14:00Z")->type_name("WHEN");
  sub->add_option("--override", wanted.overrides, "set a check aside, for --reason; as often as needed")
      ->type_name("CHECK");
  add_reason(sub, wanted.reason);
}

void add_waiting(CLI::App* sub, Waiting& waiting) {
  CLI::Option* wait = sub->add_flag_callback(
      "--wait", [&waiting] { waiting = Waiting::wait; },
      "show the timeline until it is decided (the default)");
  sub->add_flag_callback(
         "--detach", [&waiting] { waiting = Waiting::detach; },
         "print the deployment's number and leave it to the daemon")
      ->excludes(wait);
}

int revision(const std::string& written) {
  int number = 0;
  const char* end = written.data() + written.size();
  const auto [stop, error] = std::from_chars(written.data(), end, number);
  if (stop != end || error != std::errc() || number < 1)
    throw CLI::ValidationError("REVISION must be a whole number; slipway releases ENV lists them");
  return number;
}

}  // namespace

CommandLine::CommandLine() {
  app_.require_subcommand(0, 1);  // none is told apart from an unknown one below
  app_.fallthrough();
  app_.footer(footer);
  app_.add_option("--data", common_.data, "the daemon's data directory")->type_name("DIR");
  app_.add_flag_callback(
      "--json", [this] { common_.format = Format::json; }, "print what the API says, as JSON");
  app_.add_flag("--version", version_, "print the program's version");
  add_local();
  add_serve();
  add_deploy();
  add_changes();
  add_gates();
  add_looks();
  add_audit();
  add_judge();
}

void CommandLine::add_local() {
  add("init", "write a commented slipway.yaml to start from", &init, init_)
      ->add_option("SERVICE", init_.service, "its name; the directory's, if not given");
  CLI::App* sub = add("validate", "every error of a configuration at once", &validate, validate_);
  CLI::Option* file = sub->add_option("FILE", validate_.file, "slipway.yaml, if not given");
  sub->add_option("-f,--file", validate_.file, "the same, as other commands take it")
      ->type_name("FILE")
      ->excludes(file);
  add("docs", "how this service is deployed and taken back, as Markdown", &docs, docs_)
      ->add_option("-f,--file", docs_.file, "the configuration (slipway.yaml)")
      ->type_name("FILE");
}

void CommandLine::add_serve() {
  CLI::App* sub =
      app_.add_subcommand("serve", "run the daemon; its API is on a unix socket in the data directory");
  sub->callback([this] { serves_ = true; });
  sub->add_option("--run-as", serve_.run_as, "as root: whom instances run as (nobody)")->type_name("USER");
  sub->add_option("--haproxy", serve_.haproxy, "the program (haproxy, found in PATH)")->type_name("PATH");
  sub->add_option_function<std::string>(
         "--users", [this](const std::string& file) { serve_.users = file; },
         "who may do what (users.yaml in the data directory, if it is there)")
      ->type_name("FILE");
  sub->add_option("--boot-id-file", boot_id_file_)->group("");
}

void CommandLine::add_deploy() {
  CLI::App* sub = add("plan", "what deploy would do, before it does it", &plan, plan_);
  add_wanted(sub, plan_.wanted);

  sub = add("deploy", "bring a release to an environment", &deploy, deploy_);
  add_wanted(sub, deploy_.wanted);
  sub->add_flag("--end-bake", deploy_.end_bake,
                "end the bake of the release before; there is no switch back to it then");
  add_waiting(sub, deploy_.waiting);
}

void CommandLine::add_changes() {
  CLI::App* sub =
      add("promote", "skip what is left of the steps: the canary to everyone", &promote, promote_);
  add_target(sub, promote_.target)->required();
  add_reason(sub, promote_.reason);
  add_waiting(sub, promote_.waiting);

  sub = add("pause", "move nobody forward until resumed; rollback triggers go on", &pause, pause_);
  add_target(sub, pause_.target)->required();
  add_reason(sub, pause_.reason);

  sub = add("resume", "go on with what was paused", &resume, resume_);
  add_target(sub, resume_.target)->required();
  add_reason(sub, resume_.reason);

  sub = add("abort", "end what is under way: everyone back to stable", &abort, abort_);
  add_target(sub, abort_.target)->required();
  add_reason(sub, abort_.reason);
  add_waiting(sub, abort_.waiting);

  sub = add("rollback", "back to the previous release, or to that revision", &rollback, rollback_);
  add_target(sub, rollback_.target)->required();
  sub->add_option_function<std::string>(
      "REVISION", [this](const std::string& written) { rollback_.revision = revision(written); },
      "see slipway releases ENV");
  add_reason(sub, rollback_.reason);
  sub->add_flag("--force", rollback_.force, "even onto too few healthy instances");
  add_waiting(sub, rollback_.waiting);
}

void CommandLine::add_looks() {
  CLI::App* sub = add("status", "what runs where, and what is under way", &status, status_);
  add_target(sub, status_.target);
  sub->add_flag_callback(
      "--watch", [this] { status_.watching = Watching::watch; },
      "go on showing it until Ctrl-C; a line for each change where there is no terminal");

  add("environments", "what runs in each environment, since when, and what differs", &environments,
      environments_)
      ->add_option("-f,--file", environments_.file, "the configuration (slipway.yaml)")
      ->type_name("FILE");

  sub = add("calendar", "the weeks of an environment: what is open, what is closed and why", &calendar,
            calendar_);
  add_target(sub, calendar_.target);
  sub->add_option("--weeks", calendar_.weeks, "so many (5; 53 at most)")
      ->check(CLI::Range(1, 53))
      ->type_name("N");
  sub->add_option("--from", calendar_.from, "begin with the week of that day, such as 2026-12-01")
      ->type_name("DATE");

  sub = add("history", "what happened", &history, history_);
  add_target(sub, history_.target)->required();
  sub->add_option("--limit", history_.limit, "so many, newest first (20; 1,000 at most)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  sub->add_option("--deployment", history_.deployment, "the timeline of that one")
      ->check(CLI::PositiveNumber)
      ->type_name("N");

  sub = add("releases", "what can be gone back to", &releases, releases_);
  add_target(sub, releases_)->required();

  sub = add("logs", "what instances printed", &logs, logs_);
  add_target(sub, logs_.target)->required();
  sub->add_option("--lines", logs_.lines, "the last so many, of all instances together (200; 10,000 at most)")
      ->check(CLI::Range(0, 10'000))
      ->type_name("N");
  sub->add_option("--instance", logs_.instance, "only that one, such as 7-1")->type_name("NAME");
  sub->add_flag("--follow", logs_.follow, "and what they print from now on");
}

void CommandLine::add_audit() {
  CLI::App* sub = app_.add_subcommand("audit", "who did what, when, from where and why, and what came of it");
  sub->add_option("--environment", audit_.environment, "only of that one; ENV, or SERVICE/ENV")
      ->type_name("ENV");
  sub->add_option("--limit", audit_.limit, "so many, newest first (50; 1,000 at most)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  CLI::App* check =
      sub->add_subcommand("verify", "whether the trail is whole; reads the journal, daemon or not");
  check->add_option("--head", audit_verify_.head, "a hash that was noted before: some row must have it")
      ->type_name("HASH");
  // CLI11 runs the inner one's first.
  check->callback([this] { command_ = [this](Desk& desk) { return audit_verify(desk, audit_verify_); }; });
  sub->callback([this] {
    if (!command_) command_ = [this](Desk& desk) { return audit(desk, audit_); };
  });
}

void CommandLine::add_judge() {
  CLI::App* sub = add("judge", "what the judge says of requests that were recorded", &judge_requests, judge_);
  sub->add_option("FILE", judge_.file, "CSV with the columns time, arm, status, latency; - is standard input")
      ->required();
  const CLI::Validator per_cent(
      [](const std::string& written) {
        double value = 0;
        const bool fits = CLI::detail::lexical_cast(written, value) && value > 0 && value < 100;
        return fits ? std::string() : std::string("must be more than 0 and less than 100, such as 5");
      },
      "");
  sub->add_option("--weight", judge_.weight,
                  "per cent of what is in the file that the canary was meant to get")
      ->check(per_cent)
      ->type_name("W");
  sub->add_option("--alpha", judge_.settings.alpha,
                  "the share of good releases that may be called unhealthy (0.01)")
      ->check(CLI::Range(0.0001, 0.2))
      ->type_name("A");
  sub->add_flag("--strict", judge_.settings.strict, "no tolerance: whatever is worse at all");
}

}  // namespace slipway::cli
