#include "config/smoke.h"

#include <fmt/format.h>

#include "config/command.h"
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

core::SmokeTest read_smoke_test(const Field& item, UniqueNames& names, Problems& problems) {
  core::SmokeTest test;
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a smoke test must hold keys and their values",
                    "write it as {name: Health check, get: /health}");
    return test;
  }
  const auto section =
      Section::open(item, "smoke_tests", {{"name", "get", "run", "expect", "when", "timeout"}}, problems);
  if (!section) return test;
  test.name = names.read(*section, problems);
  const auto get = section->find("get");
  const auto run = section->find("run");
  if (!get && !run)
    problems.report(section->place(), "a smoke test needs something to do",
                    "add get: /path or run: [command]");
  if (get && run)
    problems.report(run->key_place, "a smoke test does one thing: get or run",
                    "remove one, or write two tests");
  if (get) test.get = read_path(*get, problems);
  if (run)
    test.command = read_plain_command(*run, "a smoke test's command",
                                      "a smoke test finds BASE_URL in its environment", problems);
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
  UniqueNames names("smoke test");
  for (const Field& item : read_list(field, problems))
    tests.push_back(read_smoke_test(item, names, problems));
  return tests;
}

}  // namespace slipway::config
