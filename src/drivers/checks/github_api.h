#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/json.h"
#include "core/gates.h"

namespace slipway::drivers::checks {

// GitHub's REST API, or what speaks it, for one repository:
// https://docs.github.com/en/rest (version 2022-11-28). unavailable: no answer came, 5xx, or a rate limit.
// invalid_input: it answers otherwise than with what was asked for, with what to do.
class GitHubApi {
 public:
  // Reads the token. All its requests together take `timeout` at most.
  static Result<GitHubApi> open(const core::GitHub& github, Duration timeout);

  // Every page of /repos/{owner}/{repo}/`path`, as one array: of the answers themselves, or of what each of
  // them holds under `key`.
  Result<Json> all(const std::string& path, const std::string& key = "") const;

  // For how long it wishes to be left alone, where its last answer was a limit.
  std::optional<Duration> retry_after() const { return retry_after_; }

 private:
  GitHubApi(const core::GitHub& github, Duration timeout);
  struct Page;
  Result<Page> page(const std::string& path, int number) const;

  std::string base_;
  std::string repository_;
  std::string token_;
  std::chrono::steady_clock::time_point deadline_;
  mutable std::optional<Duration> retry_after_;
};

}  // namespace slipway::drivers::checks
