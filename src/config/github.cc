#include "config/github.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/names.h"
#include "config/variables.h"

namespace slipway::config {
namespace {

bool is_part(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string read_repository(const Field& field, Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return "";
  const std::string_view text = word->text;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && is_part(text.substr(0, slash)) && is_part(text.substr(slash + 1)))
    return std::move(word->text);
  problems.report(word->place, fmt::format("repository: \"{}\" is not a repository of GitHub", text),
                  "write its owner and its name alone: example/shop");
  return "";
}

}  // namespace

std::optional<core::GitHub> read_github(const Field& field, Problems& problems) {
  const auto section = Section::open(field, "github", {{"repository", "api", "token"}}, problems);
  if (!section) return std::nullopt;
  core::GitHub github;
  if (const auto repository = section->require("repository", "repository: OWNER/NAME", problems))
    github.repository = read_repository(*repository, problems);
  if (const auto api = section->find("api")) {
    if (auto url = read_web_address(*api, problems)) {
      while (url->ends_with('/')) url->pop_back();  // paths are put behind it
      github.api = *std::move(url);
    }
  }
  if (const auto token = section->find("token"))
    github.token = read_secret_value(*token, "github.token", problems);
  return github;
}

}  // namespace slipway::config
