// slipway judge: what the judge would have said of requests that were recorded.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/commands.h"
#include "cli/judge_render.h"

namespace slipway::cli {
namespace {

Result<CsvReader> reader_of(const Desk& desk, const std::string& file) {
  const bool standard_input = file == "-";
  const std::string name = standard_input ? "standard input" : file;
  const std::filesystem::path path = desk.around.directory / file;
  auto opened = std::make_shared<const os::Fd>(standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                                              : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*opened)
    return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::invalid_input,
                "cannot read {}: {}; name a CSV file, or - for standard input", name, std::strerror(errno));
  return CsvReader(name, [opened, name](char* buffer, std::size_t size) -> Result<std::size_t> {
    for (;;) {
      const ssize_t got = ::read(opened->get(), buffer, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR)
        return fail(ErrorKind::invalid_input, "cannot read {}: {}; name a CSV file, or - for standard input",
                    name, std::strerror(errno));
    }
  });
}

Exit exit_of(judge::VerdictKind kind) {
  switch (kind) {
    case judge::VerdictKind::healthy:
      return Exit::done;
    case judge::VerdictKind::unhealthy:
      return Exit::undone;
    case judge::VerdictKind::undecided:
    case judge::VerdictKind::held:
      return Exit::refused;
  }
  return Exit::internal;
}

Json json_of(const Judged& read) {
  const auto& [evidence, came, canary, stable, share] = read.word;
  return {{"verdict", judge::name(evidence.kind)},
          {"sentence", judge::sentence(evidence)},
          {"came", came},
          {"share", share},
          {"requests", {{"canary", canary}, {"stable", stable}}},
          {"read_to_the_end", read.to_the_end},
          {"evidence", evidence}};
}

}  // namespace

Outcome<void> judge_requests(Desk& desk, const JudgeRequests& options) {
  TRY(CsvReader reader, reader_of(desk, options.file));
  TRY(RecordedRequests rows, RecordedRequests::open(std::move(reader)));
  const std::optional<double> share = options.weight ? std::optional(*options.weight / 100) : std::nullopt;
  TRY(const Judged read, judge_recorded(rows, options.settings, share));
  if (desk.format == Format::json)
    desk.print(json_of(read));
  else
    desk.show(render_judged(read.word, desk.paint, desk.page()));
  const judge::Evidence& evidence = read.word.evidence;
  const Exit exit = exit_of(evidence.kind);
  if (exit == Exit::done) return {};
  Failure failure(exit, Error{ErrorKind::refused, judge::sentence(evidence)});
  failure.told = true;
  return std::unexpected(std::move(failure));
}

}  // namespace slipway::cli
