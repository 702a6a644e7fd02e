#include "cli/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/table.h"

extern char** environ;

namespace slipway::cli {
namespace {

using Command = std::function<Outcome<void>(Desk&)>;

constexpr const char* footer =
    "Exit codes: 0 done, 1 internal error, 2 usage or configuration, 3 refused, 4 rolled back or aborted,\n"
    "            5 no daemon answers.\n"
    "ENV is an environment's name, or SERVICE/ENV; the service comes from slipway.yaml, if there is one "
    "here.\n";

// Everything that can be typed. The strings that options are read into live here, until the command has run.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(0, 1);  // none is told apart from an unknown one below
    app_.fallthrough();
    app_.footer(footer);
    app_.add_option("--data", common_.data, "the daemon's data directory")->type_name("DIR");
    app_.add_flag_callback(
        "--json", [this] { common_.format = Format::json; }, "print what the API says, as JSON");
    app_.add_flag("--version", version_, "print the program's version");
    add_local();
    add_serve();
    add_changes();
    add_looks();
  }

  CLI::App& app() { return app_; }
  const Common& common() const { return common_; }
  const Command& command() const { return command_; }
  bool serves() const { return serves_; }
  bool version() const { return version_; }
  const ServeOptions& serve_options() const { return serve_; }
  const std::string& boot_id_file() const { return boot_id_file_; }

 private:
  template <class Options>
  CLI::App* add(const char* name, const char* what, Outcome<void> (*act)(Desk&, const Options&),
                const Options& options) {
    CLI::App* sub = app_.add_subcommand(name, what);
    sub->callback(
        [this, act, &options] { command_ = [act, &options](Desk& desk) { return act(desk, options); }; });
    return sub;
  }

  static CLI::Option* add_target(CLI::App* sub, Named& named) {
    sub->add_option("-f,--file", named.file, "the configuration that names the service")->type_name("FILE");
    return sub->add_option("ENV", named.environment, "the environment, or SERVICE/ENV");
  }

  static void add_waiting(CLI::App* sub, Waiting& waiting) {
    CLI::Option* wait = sub->add_flag_callback(
        "--wait", [&waiting] { waiting = Waiting::wait; },
        "show the timeline until it is decided (the default)");
    sub->add_flag_callback(
           "--detach", [&waiting] { waiting = Waiting::detach; },
           "print the deployment's number and leave it to the daemon")
        ->excludes(wait);
  }

  static int revision(const std::string& written) {
    int number = 0;
    const char* end = written.data() + written.size();
    const auto [stop, error] = std::from_chars(written.data(), end, number);
    if (stop != end || error != std::errc() || number < 1)
      throw CLI::ValidationError("REVISION must be a whole number; slipway releases ENV lists them");
    return number;
  }

  void add_local() {
    add("init", "write a commented slipway.yaml to start from", &init, init_)
        ->add_option("SERVICE", init_.service, "its name; the directory's, if not given");
    add("validate", "every error of a configuration at once", &validate, validate_)
        ->add_option("FILE", validate_.file, "slipway.yaml, if not given");
  }

  void add_serve() {
    CLI::App* sub =
        app_.add_subcommand("serve", "run the daemon; its API is on a unix socket in the data directory");
    sub->callback([this] { serves_ = true; });
    sub->add_option("--run-as", serve_.run_as, "as root: whom instances run as (nobody)")->type_name("USER");
    sub->add_option("--haproxy", serve_.haproxy, "the program (haproxy, found in PATH)")->type_name("PATH");
    sub->add_option("--boot-id-file", boot_id_file_)->group("");
  }

  void add_changes() {
    CLI::App* sub = add("deploy", "bring a release to an environment", &deploy, deploy_);
    add_target(sub, deploy_.target)->required();
    sub->add_option("--version", deploy_.version, "the release's version")->required()->type_name("V");
    sub->add_option("--artifact", deploy_.artifact,
                    "a directory or an archive; what V had before, if not given")
        ->type_name("PATH");
    sub->add_option("--reason", deploy_.reason, "for the history")->type_name("TEXT");
    sub->add_flag("--end-bake", deploy_.end_bake,
                  "end the bake of the release before; there is no switch back to it then");
    add_waiting(sub, deploy_.waiting);

    sub = add("abort", "end what is under way: everyone back to stable", &abort, abort_);
    add_target(sub, abort_.target)->required();
    sub->add_option("--reason", abort_.reason, "for the history")->type_name("TEXT");
    add_waiting(sub, abort_.waiting);

    sub = add("rollback", "back to the previous release, or to that revision", &rollback, rollback_);
    add_target(sub, rollback_.target)->required();
    sub->add_option_function<std::string>(
        "REVISION", [this](const std::string& written) { rollback_.revision = revision(written); },
        "see slipway releases ENV");
    sub->add_option("--reason", rollback_.reason, "for the history")->type_name("TEXT");
    sub->add_flag("--force", rollback_.force, "even onto too few healthy instances");
    add_waiting(sub, rollback_.waiting);
  }

  void add_looks() {
    add_target(add("status", "what runs where, and what is under way", &status, status_), status_);

    CLI::App* sub = add("history", "what happened", &history, history_);
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
    sub->add_option("--lines", logs_.lines,
                    "the last so many, of all instances together (200; 10,000 at most)")
        ->check(CLI::Range(0, 10'000))
        ->type_name("N");
    sub->add_option("--instance", logs_.instance, "only that one, such as 7-1")->type_name("NAME");
    sub->add_flag("--follow", logs_.follow, "and what they print from now on");
  }

  CLI::App app_{"Slipway ships a release to its users and takes it back.", "slipway"};
  Common common_;
  Command command_;
  bool serves_ = false;
  bool version_ = false;
  std::string boot_id_file_;
  ServeOptions serve_;
  Init init_;
  Validate validate_;
  Deploy deploy_;
  Abort abort_;
  Rollback rollback_;
  Named status_, releases_;
  History history_;
  Logs logs_;
};

int code(Exit exit) {
  return static_cast<int>(exit);
}

void report(const Failure& failure, Format format, Writer& err) {
  if (format == Format::json)
    err.line(failure.problem().dump(2, ' ', false, Json::error_handler_t::replace));
  else
    err.line(printable(failure.text()));
}

int usage_error(const std::string& what, std::string_view advice, Format format, Writer& err) {
  if (format == Format::json)
    report(Failure(Exit::usage, Error{ErrorKind::invalid_input, what}), format, err);
  else
    err.line(printable(fmt::format("slipway: {}{}", what, advice)));
  return code(Exit::usage);
}

}  // namespace

Surroundings surroundings(std::string version, std::function<int(const ServeOptions&)> serve) {
  Surroundings around;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (const auto equals = text.find('='); equals != std::string_view::npos)
      around.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  const auto no_color = around.environment.find("NO_COLOR");
  const bool wanted = no_color == around.environment.end() || no_color->second.empty();
  around.colours = wanted && ::isatty(STDOUT_FILENO) == 1;
  std::error_code error;
  around.directory = std::filesystem::current_path(error);
  around.user = ::geteuid();
  around.now = [] { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); };
  around.version = std::move(version);
  around.serve = std::move(serve);
  return around;
}

int run(std::vector<std::string> arguments, const Surroundings& around) {
  Writer out(around.out), err(around.err);
  CommandLine line;
  // A line that can't be parsed asked for JSON all the same.
  const Format wanted =
      std::ranges::find(arguments, "--json") != arguments.end() ? Format::json : Format::lines;
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    line.app().parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = line.app().get_subcommands();
    out.write(chosen.empty() ? line.app().help() : chosen.front()->help("slipway"));
    return code(Exit::done);
  } catch (const CLI::Error& error) {
    return usage_error(error.what(), "\nhow it is used: slipway --help", wanted, err);
  }

  if (line.version()) {
    out.line("slipway " + around.version);
    return code(Exit::done);
  }
  if (!line.serves() && !line.command())
    return usage_error("which command? They are listed by: slipway --help", "", wanted, err);
  const auto data = data_directory(line.common().data, around);
  if (!data) {
    report(data.error(), line.common().format, err);
    return code(data.error().exit);
  }
  if (line.serves()) {
    ServeOptions options = line.serve_options();
    options.data = *data;
    if (!line.boot_id_file().empty()) options.boot_id_file = line.boot_id_file();
    if (options.run_as.empty() && around.user == 0) options.run_as = "nobody";
    return around.serve(options);
  }

  Client client(*data);
  Desk desk{around, line.common().format,
            *data,  out,
            err,    Paint(around.colours ? Paint::Mode::colours : Paint::Mode::plain),
            client};
  const Outcome<void> outcome = line.command()(desk);
  if (!outcome) {
    report(outcome.error(), desk.format, err);
    return code(outcome.error().exit);
  }
  // Whoever read has gone, as head does: that is no error of ours. A full disk is.
  if (out.error_number() != 0 && out.error_number() != EPIPE) {
    err.line(fmt::format("slipway: cannot write the answer: {}", std::strerror(out.error_number())));
    return code(Exit::internal);
  }
  return code(Exit::done);
}

}  // namespace slipway::cli
