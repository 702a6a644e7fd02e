#include "cli/asking.h"

#include <algorithm>

#include "cli/git.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

// What is known of the release so far.
struct Meant {
  std::string version;
  std::string commit, branch;  // that it was made from; empty: not known here
};

bool is_commit(const std::string& text) {
  constexpr std::size_t sha1 = 40, sha256 = 64;
  return (text.size() == sha1 || text.size() == sha256) &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Outcome<std::string> read_commit(std::string commit) {
  std::ranges::transform(commit, commit.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (!is_commit(commit))
    return fail_with(
        Exit::usage, ErrorKind::invalid_input,
        "--commit: \"{}\" is no commit: write all 40 (or 64) hexadecimal digits of its hash, as git "
        "rev-parse COMMIT prints them",
        commit);
  return commit;
}

// What bakes isn't a success yet, and what is being taken back won't be one. Empty where neither is so.
std::string not_ended(View there, const std::string& from, const std::string& again, Time now) {
  const View under_way = there["deployment"];
  const View stable = there["stable"];
  const std::string version = stable["version"].text();
  const bool promoted = static_cast<bool>(under_way["promoted"]);
  const std::string undone = under_way["release"]["version"].text();
  if (promoted && under_way["undoing"].yes())
    return fmt::format(
        "{} is being taken back in {} (deployment {}): wait until that has ended, or say which version you "
        "mean with --version V",
        undone, from, under_way["number"].number());
  if (under_way["kind"].text() == "rollback" && !promoted)
    return fmt::format(
        "{} is being taken back in {}, to {} (deployment {}): wait until that has ended, or say which "
        "version "
        "you mean with --version V",
        version, from, undone, under_way["number"].number());
  if (!promoted || under_way["number"].number() != stable["deployment"].number()) return "";
  if (const View paused = under_way["paused"])
    return fmt::format(
        "{} still bakes in {}, and its bake is paused{}: it has succeeded there once that is over. To go on "
        "with it: slipway resume {}",
        version, from, paused["by"].text().empty() ? "" : " by " + paused["by"].text(), from);
  const auto ends = under_way["ends"].time();
  const std::string until =
      ends && *ends > now
          ? fmt::format("until {} UTC (in {})", date_and_clock(*ends), format_duration(*ends - now))
          : std::string("for a moment: the release before it is being retired");
  return fmt::format("{} still bakes in {}, {}. It has succeeded there once that is over; then: {}", version,
                     from, until, again);
}

// What runs in the environment that it is to be taken from.
Outcome<Meant> taken_along(Desk& desk, const Configuration& configuration, const Wanted& wanted) {
  TRY(const TargetName source, resolve(Named{wanted.from, wanted.target.file}, configuration));
  TRY(const Answer answer, desk.client.get(source.path()));
  const View there(answer.body);
  const std::string again =
      fmt::format("slipway deploy {} --from {}", wanted.target.environment, wanted.from);
  if (const std::string why = not_ended(there, wanted.from, again, desk.around.now()); !why.empty())
    return fail_with(Exit::refused, ErrorKind::refused, "{}", why);
  const View stable = there["stable"];
  if (stable["version"].text().empty())
    return fail_with(Exit::refused, ErrorKind::refused, "nothing runs in {} that could be taken along",
                     wanted.from);
  return Meant{stable["version"].text(), stable["commit"].text(), stable["branch"].text()};
}

// An artifact that is sent was made from what is checked out. One that was sent before wasn't, or who knows:
// the daemon remembers what was said then.
Meant named(Desk& desk, const Wanted& wanted, const Git& git) {
  Meant meant{wanted.version, wanted.commit, {}};
  if (!meant.commit.empty() || wanted.artifact.empty()) return meant;
  const auto head = git.head();
  if (!head || !is_commit(head->commit)) return meant;
  meant.commit = head->commit;
  meant.branch = head->branch;
  if (head->tree == Git::Tree::changed && desk.format == Format::lines)
    desk.err.line(desk.paint.yellow(fmt::format(
        "the work tree has changes that aren't committed: {} is said to be made from {} all the same",
        meant.version, short_commit(meant.commit))));
  return meant;
}

// Since what is stable there; none where that isn't known, to the daemon or to git.
std::vector<std::string> changes(Desk& desk, const TargetName& target, const std::string& commit,
                                 const Git& git) {
  if (!is_commit(commit) || !git.is_there()) return {};
  const auto answer = desk.client.get(target.path());
  if (!answer) return {};  // nothing was deployed there yet; or it is said by what is asked next
  const std::string stable = View(answer->body)["stable"]["commit"].text();
  return is_commit(stable) ? git.changes(stable, commit) : std::vector<std::string>();
}

}  // namespace

Outcome<Asking> asking_for(Desk& desk, const Wanted& written) {
  Wanted wanted = written;
  if (wanted.from.empty() && wanted.version.empty())
    return fail_with(Exit::usage, ErrorKind::invalid_input, "--version is required, or --from ENV");
  if (!wanted.overrides.empty() && wanted.reason.empty())
    return fail_with(Exit::usage, ErrorKind::invalid_input,
                     "--override: say why it is set aside, with --reason TEXT");
  if (!wanted.commit.empty()) {
    TRY(wanted.commit, read_commit(wanted.commit));
  }
  TRY(const Configuration configuration, read_configuration(desk, wanted.target.file));
  TRY(TargetName target, resolve(wanted.target, configuration));
  const Git git(configuration.folder, desk.around.environment);
  Meant meant;
  if (wanted.from.empty()) {
    meant = named(desk, wanted, git);
  } else {
    TRY(meant, taken_along(desk, configuration, wanted));
  }
  Json body{{"version", meant.version}, {"config", configuration.text}};
  if (!wanted.reason.empty()) body["reason"] = wanted.reason;
  if (!wanted.at.empty()) body["at"] = wanted.at;
  if (!wanted.overrides.empty()) body["override"] = wanted.overrides;
  if (!meant.commit.empty()) body["commit"] = meant.commit;
  if (!meant.branch.empty()) body["branch"] = meant.branch;
  if (auto lines = changes(desk, target, meant.commit, git); !lines.empty())
    body["changes"] = std::move(lines);
  return Asking{std::move(target), std::move(body)};
}

}  // namespace slipway::cli
