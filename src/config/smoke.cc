#include "config/smoke.h"

#include <fmt/format.h>

#include <map>

#include "base/placeholder.h"
#include "config/expectation.h"
#include "config/names.h"

namespace slipway::config {
namespace {

core::SmokeTest::When read_when(const Field& field, Problems& problems) {
  using When = core::SmokeTest::When;
  const auto word = read_text(field, problems);
  if (!word) return When::both;
  if (word->text == "canary") return When::canary;
  if (word->text == "promoted") return When::promoted;
  problems.report(word->place, fmt::format("when: \"{}\" is not a time to run a test", word->text),
                  "write canary or promoted, or leave it out for both");
  return When::both;
}

std::string read_name(const Section& section, std::map<std::string, int>& lines, Problems& problems) {
  const auto name = section.require("name", "name: what it shows", problems);
  if (!name) return "";
  auto word = read_text(*name, problems);
  if (!word) return "";
  if (word->text.empty() || word->text.find_first_of("\r\n") != std::string::npos) {
    problems.report(word->place, "name: the name of a smoke test is one line of text", "say what it shows");
    return "";
  }
  const auto [first, added] = lines.emplace(word->text, word->place.line);
  if (!added)
    problems.report(
        word->place,
        fmt::format("name: \"{}\" is the smoke test of line {} already", word->text, first->second),
        "give it a name of its own");
  return std::move(word->text);
}

// Nothing is replaced in these commands: a word with ${NAME} would reach the program as it stands. What
// follows -c is a shell's script, and the shell's business.
std::vector<std::string> read_run(const Field& field, Problems& problems) {
  const std::vector<Word> words = read_command(field, problems);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && words[i - 1].text == "-c") continue;
    for (const TextPiece& piece : pieces_of(words[i].text))
      if (piece.kind != TextPiece::Kind::literal) {
        problems.report(words[i].place, "run: nothing is put in for ${…} in a smoke test's command",
                        "a smoke test finds BASE_URL in its environment");
        break;
      }
  }
  return texts(words);
}

core::SmokeTest read_smoke_test(const Field& item, std::map<std::string, int>& lines, Problems& problems) {
  core::SmokeTest test;
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a smoke test must hold keys and their values",
                    "write it as {name: Health check, get: /health}");
    return test;
  }
  const auto section =
      Section::open(item, "smoke_tests", {{"name", "get", "run", "expect", "when", "timeout"}}, problems);
  if (!section) return test;
  test.name = read_name(*section, lines, problems);
  const auto get = section->find("get");
  const auto run = section->find("run");
  if (!get && !run)
    problems.report(section->place(), "a smoke test needs something to do",
                    "add get: /path or run: [command]");
  if (get && run)
    problems.report(run->key_place, "a smoke test does one thing: get or run",
                    "remove one, or write two tests");
  if (get) test.get = read_path(*get, problems);
  if (run) test.command = read_run(*run, problems);
  if (const auto expect = section->find("expect")) {
    if (run && !get)
      problems.report(expect->key_place, "expect is about an answer, and run has none",
                      "remove it: the command's exit status decides");
    test.expect = read_expectation(*expect, "smoke_tests.expect", problems);
  }
  if (const auto when = section->find("when")) test.when = read_when(*when, problems);
  if (const auto timeout = section->find("timeout"))
    test.timeout = read_duration(*timeout, Duration(1), problems).value_or(test.timeout);
  return test;
}

}  // namespace

std::vector<core::SmokeTest> read_smoke_tests(const Field& field, Problems& problems) {
  std::vector<core::SmokeTest> tests;
  std::map<std::string, int> lines;
  for (const Field& item : read_list(field, problems))
    tests.push_back(read_smoke_test(item, lines, problems));
  return tests;
}

}  // namespace slipway::config
