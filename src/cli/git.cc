#include "cli/git.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "cli/table.h"
#include "os/command.h"

namespace slipway::cli {
namespace {

constexpr std::size_t most_changes = 100;
constexpr std::size_t longest_line = 200;
constexpr Duration at_most{10'000};

// What others wrote, as one line of UTF-8 that isn't too long.
std::string clean_line(std::string_view text) {
  const std::string valid = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string line = printable(Json::parse(valid).get<std::string>());
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  if (line.size() <= longest_line) return line;
  std::size_t end = longest_line;
  while ((static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;  // whole letters
  return line.substr(0, end) + "…";
}

// Of the folder, whatever repository the surroundings speak of (as they do in git's own hooks).
std::map<std::string, std::string> quiet(std::map<std::string, std::string> environment) {
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE",
                           "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX",
                           "GIT_TRACE", "GIT_EXTERNAL_DIFF"})
    environment.erase(name);
  environment["GIT_TERMINAL_PROMPT"] = "0";
  environment["GIT_ASKPASS"] = "true";
  environment["GIT_OPTIONAL_LOCKS"] = "0";
  environment["GIT_NO_LAZY_FETCH"] = "1";
  environment["GIT_ALLOW_PROTOCOL"] = "none";  // what a partial clone lacks isn't fetched now
  environment["LC_ALL"] = "C.UTF-8";
  return environment;
}

}  // namespace

Git::Git(std::filesystem::path folder, std::map<std::string, std::string> environment)
    : folder_(std::move(folder)), environment_(quiet(std::move(environment))) {}

// Without the line's end; nothing unless all went well.
std::optional<std::string> Git::say(std::vector<std::string> arguments) const {
  os::Command command{.argv = {"git", "--no-pager", "-c", "core.fsmonitor=false"},
                      .env = environment_,
                      .directory = folder_.string(),
                      .timeout = at_most,
                      .keep = 1 << 20};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  auto finished = os::run(command);
  if (!finished || !finished->ok()) return std::nullopt;
  while (finished->out.ends_with('\n')) finished->out.pop_back();
  return std::move(finished->out);
}

bool Git::is_there() const {
  return say({"rev-parse", "--is-inside-work-tree"}) == "true";
}

std::optional<Git::Head> Git::head() const {
  if (!is_there()) return std::nullopt;
  const auto commit = say({"rev-parse", "--verify", "--quiet", "HEAD^{commit}"});
  if (!commit) return std::nullopt;
  Head head{.commit = *commit, .branch = {}};
  if (const auto branch = say({"symbolic-ref", "--quiet", "--short", "HEAD"}))
    head.branch = clean_line(*branch);
  const auto changed = say({"status", "--porcelain", "--untracked-files=no"});
  if (changed && !changed->empty()) head.tree = Tree::changed;
  return head;
}

std::vector<std::string> Git::changes(const std::string& since, const std::string& until) const {
  const std::string range = since + ".." + until;
  const auto counted = say({"rev-list", "--count", range});
  std::size_t count = 0;
  if (!counted ||
      std::from_chars(counted->data(), counted->data() + counted->size(), count).ec != std::errc() ||
      count == 0)
    return {};
  const std::size_t shown = count > most_changes ? most_changes - 1 : count;
  const auto printed = say({"log", "--no-show-signature", "--no-color", "--encoding=UTF-8", "--no-notes",
                            "--format=%h %s", fmt::format("--max-count={}", shown), range});
  if (!printed) return {};
  std::vector<std::string> lines;
  for (const std::string& line : lines_of(*printed)) lines.push_back(clean_line(line));
  if (count > shown) lines.push_back(fmt::format("and {} more", count - shown));
  return lines;
}

}  // namespace slipway::cli
