#include "cli/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>

#include "cli/command_line.h"
#include "cli/data_directory.h"
#include "cli/table.h"
#include "os/clock.h"

extern char** environ;

namespace slipway::cli {
namespace {

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
  around.terminal = ::isatty(STDOUT_FILENO) == 1;
  around.colours = wanted && around.terminal;
  // Files and pipes get UTF-8 in any case.
  if (around.terminal) around.glyphs = glyphs_of(around.environment);
  std::error_code error;
  around.directory = std::filesystem::current_path(error);
  around.user = ::geteuid();
  around.now = os::wall_now;
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
            client, around.glyphs};
  const Outcome<void> outcome = line.command()(desk);
  if (!outcome) {
    if (!outcome.error().told) report(outcome.error(), desk.format, err);
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
