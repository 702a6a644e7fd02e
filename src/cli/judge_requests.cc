// slipway judge: what the judge would have said of requests that were recorded.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/commands.h"
#include "cli/judge_render.h"

namespace slipway::cli {
namespace {

// Without a row for longer than that nothing was recorded; for shorter, nothing happened.
constexpr std::chrono::minutes longest_silence{10};

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

struct Read {
  Replay::Word word;
  bool to_the_end = false;
};

// Where both arms are needed, and one never came.
Result<void> both_arms(const RecordedRequests& rows, const std::array<std::int64_t, 2>& seen) {
  const auto [canary, stable] = seen;
  if (canary == 0 && stable == 0) return rows.wrong("no request follows the line that names the columns");
  if (canary == 0)
    return rows.wrong("the file ends without a request of the canary: its rows have the arm canary");
  if (stable == 0)
    return rows.wrong("the file ends without a request of stable, and there is nothing to compare with");
  return {};
}

Result<Read> replay(RecordedRequests& rows, const JudgeRequests& options) {
  const auto bets = rows.knows_sessions() ? RecordedSeconds::Bets::sessions : RecordedSeconds::Bets::requests;
  const std::optional<double> share = options.weight ? std::optional(*options.weight / 100) : std::nullopt;
  RecordedSeconds seconds(bets);
  Replay judged(options.settings, bets, share);
  std::optional<Time> now;
  std::array<std::int64_t, 2> seen{};  // by judge::Arm
  while (!judged.decided()) {
    TRY(const RecordedRequest* request, rows.next());
    if (request == nullptr) break;
    const Time second = std::chrono::floor<std::chrono::seconds>(request->at);
    if (!now) now = second;
    if (second < *now)
      return rows.wrong(fmt::format("time goes back, from {} to {}: sort the rows by time, to the second",
                                    format_time(*now), format_time(second)));
    const bool silent = second - *now > longest_silence;
    while (*now < second) {
      judged.take(seconds.end(*now));
      *now = silent ? second : *now + std::chrono::seconds(1);
    }
    if (const Result<void> added = seconds.add(*request); !added) return rows.wrong(added.error().message);
    ++seen.at(static_cast<std::size_t>(request->arm));
  }
  const bool to_the_end = !judged.decided();
  if (to_the_end && now) judged.take(seconds.end(*now));
  judged.finish();
  if (!judged.decided()) TRY_VOID(both_arms(rows, seen));
  return Read{judged.word(), to_the_end};
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

Json json_of(const Read& read) {
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
  TRY(const Read read, replay(rows, options));
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
