#include "drivers/probe/smoke.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "drivers/probe/http_get.h"
#include "os/command.h"

namespace slipway::drivers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int tries = 3;
constexpr Duration between_tries{200};

void pause(Duration duration) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, duration, [] { return false; });
}

std::string base_url(const std::string& address) {
  return address.find("://") == std::string::npos ? "http://" + address : address;
}

// Why it failed, or nothing.
std::optional<std::string> try_get(const core::SmokeTest& test, const std::string& address,
                                   const SmokeTester::Introduction& ours) {
  const auto answer = http_get(base_url(address) + *test.get, test.timeout, ours.headers);
  if (!answer) return answer.error().message;
  if (const auto by = answer->headers.find(ours.answer_header);
      by != answer->headers.end() && by->second != ours.answered_by)
    return fmt::format("the proxy had it answered by {}, and not by this release, which is {}", by->second,
                       ours.answered_by);
  return mismatch(*answer, test.expect);
}

std::optional<std::string> run_get(const core::SmokeTest& test, const std::string& address,
                                   const SmokeTester::Introduction& ours) {
  auto failure = try_get(test, address, ours);
  for (int i = 1; failure && i < tries; ++i) {
    pause(between_tries);
    failure = try_get(test, address, ours);
  }
  return failure;
}

// A word is looked up in the artifact first; what isn't there is left to PATH.
std::string program(const std::filesystem::path& folder, const std::string& word) {
  std::error_code error;
  const auto inside = folder / word;
  const bool path = word.find('/') != std::string::npos;
  return path || std::filesystem::is_regular_file(inside, error) ? inside.string() : word;
}

Result<std::optional<std::string>> run_command(const core::SmokeTest& test, const std::string& address,
                                               const std::filesystem::path& folder,
                                               const std::optional<os::User>& user) {
  const char* path = std::getenv("PATH");
  os::Command command;
  command.argv = test.command;
  command.argv.front() = program(folder, test.command.front());
  command.env = {{"BASE_URL", base_url(address)},
                 {"PATH", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"},
                 {"HOME", user ? user->home : os::current_user().home}};
  command.directory = folder.string();
  command.user = user;
  command.timeout = test.timeout;
  const auto finished = os::run(command);
  if (!finished && finished.error().kind == ErrorKind::not_found) return finished.error().message;
  if (!finished) return std::unexpected(finished.error());
  if (finished->ok()) return std::nullopt;
  const std::string said = finished->last_line(500);
  std::string what = finished->timed_out ? fmt::format("took longer than {}", format_duration(test.timeout))
                                         : finished->text();
  return said.empty() ? what : what + ": " + said;
}

core::Outcome summed_up(std::vector<core::SmokeResult> results) {
  core::Outcome outcome;
  int failed = 0;
  for (const core::SmokeResult& result : results) {
    if (result.passed) continue;
    if (++failed > 1) continue;
    outcome.status = core::Outcome::Status::failed;
    outcome.message =
        fmt::format("smoke test \"{}\" failed against {}: {}", result.test, result.address, result.detail);
  }
  if (failed > 1) outcome.message += fmt::format(" (and {} more)", failed - 1);
  outcome.smoke = std::move(results);
  return outcome;
}

}  // namespace

SmokeTester::SmokeTester(const ArtifactStore& artifacts, std::string user, Introduce introduce)
    : artifacts_(artifacts), user_(std::move(user)), introduce_(std::move(introduce)) {}

std::optional<core::Outcome> SmokeTester::observe(const core::Effect&) {
  return std::nullopt;
}

core::Outcome SmokeTester::perform(const core::Effect& effect) {
  const auto* run = std::get_if<core::RunSmokeTests>(&effect.body);
  CHECK(run != nullptr);
  auto user = os::to_become(user_);
  if (!user) return core::Outcome::unavailable(user.error().message);
  const auto folder = artifacts_.path(run->release.digest);
  Introduction ours;
  if (run->answering) ours = introduce_(effect.id.target, *run->answering);
  if (!run->host.empty()) ours.headers.emplace_back("Host", run->host);
  std::vector<core::SmokeResult> results;
  for (const std::string& address : run->addresses) {
    for (const core::SmokeTest& test : run->tests) {
      const auto begun = Clock::now();
      Result<std::optional<std::string>> failure =
          test.get ? run_get(test, address, ours) : run_command(test, address, folder, *user);
      if (!failure)
        return core::Outcome::unavailable(
            fmt::format("smoke test \"{}\" can't be run: {}", test.name, failure.error().message));
      results.push_back({test.name, address, !*failure, failure->value_or(""),
                         std::chrono::duration_cast<Duration>(Clock::now() - begun)});
    }
  }
  return summed_up(std::move(results));
}

}  // namespace slipway::drivers
