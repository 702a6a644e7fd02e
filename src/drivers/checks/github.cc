#include "drivers/checks/github.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "drivers/checks/github_api.h"

namespace slipway::drivers::checks {
namespace {

constexpr std::size_t shown = 5;  // names in a summary

// Empty where it isn't there, or isn't text.
std::string text(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string login(const Json& object) {
  const auto user = object.find("user");
  return user != object.end() && user->is_object() ? text(*user, "login") : "";
}

std::string listed(const std::vector<std::string>& names) {
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<long>(std::min(names.size(), shown)));
  std::string list = fmt::format("{}", fmt::join(first, ", "));
  if (names.size() > shown) list += fmt::format(" and {} more", names.size() - shown);
  return list;
}

struct Tally {
  std::size_t good = 0;
  std::vector<std::string> bad, open;
  std::size_t all() const { return good + bad.size() + open.size(); }
};

void count_run(Tally& tally, const Json& run) {
  const std::string conclusion = text(run, "conclusion");
  if (text(run, "status") != "completed") {
    tally.open.push_back(text(run, "name"));
  } else if (conclusion == "success" || conclusion == "neutral" || conclusion == "skipped") {
    ++tally.good;
  } else {
    tally.bad.push_back(fmt::format("{} ({})", text(run, "name"), conclusion));
  }
}

void count_status(Tally& tally, const Json& status) {
  const std::string state = text(status, "state");
  if (state == "success") {
    ++tally.good;
  } else if (state == "pending") {
    tally.open.push_back(text(status, "context"));
  } else {
    tally.bad.push_back(fmt::format("{} ({})", text(status, "context"), state));
  }
}

Result<core::Evidence> checks_of(const GitHubApi& api, const std::string& commit) {
  Tally tally;
  TRY(const Json runs, api.all("commits/" + commit + "/check-runs", "check_runs"));
  for (const Json& run : runs) count_run(tally, run);
  TRY(const Json statuses, api.all("commits/" + commit + "/status", "statuses"));
  for (const Json& status : statuses) count_status(tally, status);

  core::Evidence evidence;
  evidence.passed = tally.all() > 0 && tally.good == tally.all();
  evidence.summary = fmt::format("{} of {} checks of {:.7} succeeded", tally.good, tally.all(), commit);
  if (tally.all() == 0)
    evidence.summary = fmt::format("{:.7} has no checks at all; see that its CI runs for it", commit);
  if (!tally.bad.empty()) evidence.summary += fmt::format("; not: {}", listed(tally.bad));
  if (!tally.open.empty()) evidence.summary += fmt::format("; not done yet: {}", listed(tally.open));
  return evidence;
}

struct Reviews {
  std::vector<std::string> approved, unhappy;
};

// A comment doesn't take back what somebody said before; a dismissal does.
Reviews last_words(const Json& reviews, const std::string& author) {
  std::map<std::string, std::string> last;
  for (const Json& review : reviews) {
    const std::string state = text(review, "state"), who = login(review);
    if (who.empty() || who == author) continue;
    if (state == "APPROVED" || state == "CHANGES_REQUESTED" || state == "DISMISSED") last[who] = state;
  }
  Reviews words;
  for (const auto& [who, state] : last) {
    if (state == "APPROVED") words.approved.push_back(who);
    if (state == "CHANGES_REQUESTED") words.unhappy.push_back(who);
  }
  return words;
}

Result<core::Evidence> approval_of(const GitHubApi& api, const std::string& commit) {
  TRY(const Json pulls, api.all("commits/" + commit + "/pulls"));
  core::Evidence evidence;
  evidence.summary = fmt::format(
      "{:.7} is in no pull request that is open or merged; open one, and have it approved", commit);
  for (const Json& pull : pulls) {
    const auto number = pull.find("number");
    const bool counts = text(pull, "state") == "open" || !text(pull, "merged_at").empty();
    if (!counts || number == pull.end() || !number->is_number_integer()) continue;
    const auto name = number->get<std::int64_t>();
    TRY(const Json reviews, api.all(fmt::format("pulls/{}/reviews", name)));
    const Reviews words = last_words(reviews, login(pull));
    if (!words.unhappy.empty()) {
      evidence.summary =
          fmt::format("changes to pull request {} are asked for by {}", name, listed(words.unhappy));
    } else if (words.approved.empty()) {
      evidence.summary = fmt::format("nobody but its author has approved pull request {}", name);
    } else {
      evidence.passed = true;
      evidence.summary = fmt::format("pull request {} was approved by {}", name, listed(words.approved));
      return evidence;
    }
  }
  return evidence;
}

Result<std::string> commit_of(const core::RunCheck& run) {
  if (!run.github)
    return fail(ErrorKind::invalid_input,
                "where commits live isn't known; write github: {{repository: OWNER/NAME}}");
  const std::string& commit = run.source.commit;
  if (commit.empty())
    return fail(ErrorKind::invalid_input,
                "the commit of {} isn't known; deploy from its repository, where its commit is checked out",
                run.release.version);
  if (commit.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    return fail(ErrorKind::invalid_input, "\"{}\" isn't a commit: 40 hexadecimal digits are", commit);
  return commit;
}

Result<core::Evidence> ask(const GitHubApi& api, core::Check::GitHub what, const std::string& commit) {
  switch (what) {
    case core::Check::GitHub::checks:
      return checks_of(api, commit);
    case core::Check::GitHub::approved:
      return approval_of(api, commit);
  }
  return fail(ErrorKind::internal, "a check of GitHub without a subject");
}

}  // namespace

Answer ask_github(const core::RunCheck& run) {
  auto commit = commit_of(run);
  if (!commit) return {std::unexpected(std::move(commit.error()))};
  auto api = GitHubApi::open(*run.github, run.check.timeout);
  if (!api) return {std::unexpected(std::move(api.error()))};
  Answer answer{ask(*api, run.check.github, *commit)};
  answer.retry_after = api->retry_after();
  return answer;
}

}  // namespace slipway::drivers::checks
