#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/json.h"
#include "config/config.h"
#include "config/texts.h"

// Whatever the bytes: an answer, soon, with places that are in the text.
namespace slipway::config {
namespace {

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

void expect_sound_answer(const std::string& text) {
  const Parsed parsed = parse(text);
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  for (const Problem& problem : parsed.problems) {
    EXPECT_GE(problem.line, 1);
    EXPECT_LE(problem.line, lines);
    EXPECT_GE(problem.column, 1);
    EXPECT_GE(problem.width, 1);
    EXPECT_FALSE(problem.message.empty());
  }
  // It can be sent as JSON: it is UTF-8 whatever the text was.
  EXPECT_NO_THROW(static_cast<void>(Json(render(parsed.problems, text, "slipway.yaml")).dump()));
}

TEST(HostileConfiguration, MutatedSeedsAreAnswered) {
  const std::string original = seed() + starter("shop");
  const std::string_view alphabet = "{}[]:,-#&*!|>'\"%@`\t\n $?<~\\a1\xc3\xff\x04";
  std::mt19937 random(20261123);
  const auto below = [&](std::size_t n) { return random() % n; };
  for (int round = 0; round < 2000; ++round) {
    const std::size_t from = below(original.size());
    std::string text = round % 2 == 0 ? seed() : original.substr(from, below(original.size() - from) + 1);
    for (std::size_t change = 0; change <= below(6); ++change) {
      const std::size_t at = below(text.size());
      switch (below(5)) {
        case 0:
          text[at] = alphabet[below(alphabet.size())];
          break;
        case 1:
          text.insert(at, 1, alphabet[below(alphabet.size())]);
          break;
        case 2:
          text.erase(at, below(20));
          break;
        case 3:
          text.insert(at, text.substr(below(text.size()), below(200)));
          break;
        default:
          text.resize(at + 1);
          break;
      }
      if (text.empty()) text = "x";
    }
    SCOPED_TRACE(round);
    expect_sound_answer(text);
    if (testing::Test::HasFailure()) break;
  }
}

TEST(HostileConfiguration, RepetitionsAreAnsweredSoon) {
  constexpr std::size_t most = 100'000;
  for (const char* piece :
       {"[",   "{",     "- ",  "? ",     "a: ",  "&a ",   "!",     "\n",   " ",     "a",
        "a\n", "- a\n", "[],", "a: 1\n", "\"",   "'",     "{a: ",  "[[],", "# c\n", "a:\n",
        "|\n", "\t",    ": ",  "{? ",    "--- ", "...\n", "? a\n", "é",    "\r",    "\\"}) {
    SCOPED_TRACE(piece);
    expect_sound_answer(repeated(piece, most));
    expect_sound_answer("service: shop\nrun: {command: [" + repeated(piece, most));
    expect_sound_answer("service: shop\nrun: {command: [" + repeated(piece, most) + "]}\n");
  }
}

TEST(HostileConfiguration, ManyProblemsOnOneLineAreAnsweredSoon) {
  std::string text = "{";
  for (int i = 0; text.size() < 150'000; ++i) text += "k" + std::to_string(i) + ": 1, ";
  expect_sound_answer(text + "}");
  expect_sound_answer("{" + repeated("a: 1, ", 150'000) + "}");
  EXPECT_EQ(parse("{" + repeated("a: 1, ", 150'000) + "}").problems.size(), 201U);
}

TEST(HostileConfiguration, AliasesDoNotMultiplyTheWork) {
  std::string bomb = "metadata: {lead: me}\na: &a [x]\n";
  char last = 'a';
  for (char next = 'b'; next <= 'z'; last = next++)
    bomb += fmt::format("{}: &{} [*{},*{},*{},*{},*{}]\n", next, next, last, last, last, last, last);
  expect_sound_answer(bomb + "service: *z\nrun: {command: *z}\n");

  std::string wide = "service: shop\nrun: {command: [./shop], env: &env {";
  for (int i = 0; i < 10'000; ++i) wide += fmt::format("A{}: \"${{A{}}}\", ", i, i + 1);
  wide += "}}\nenvironments:\n";
  for (int i = 0; i < 10'000; ++i)
    wide += fmt::format("  e{}: {{listen: 127.0.0.1:{}, env: *env}}\n", i, i + 1);
  expect_sound_answer(wide);

  std::string large =
      "service: shop\nrun:\n  command: [./shop]\n  env:\n    A: &a " + repeated("${B}", 500'000) + "\n";
  for (int i = 0; i < 5'000; ++i) large += fmt::format("    A{}: *a\n", i);
  expect_sound_answer(large + "environments: {production: {listen: 127.0.0.1:80}}\n");
}

TEST(HostileConfiguration, LongChainsOfReferencesAreFollowed) {
  std::string text = "service: shop\nrun:\n  command: [./shop]\n  env:\n";
  for (int i = 0; i < 9'000; ++i) text += fmt::format("    A{}: \"${{A{}}}\"\n", i, (i + 1) % 9'000);
  text += "environments: {production: {listen: 127.0.0.1:80}}\n";
  const Parsed parsed = parse(text);
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_TRUE(parsed.problems[0].message.contains("leads back")) << parsed.problems[0].message;
}

TEST(HostileConfiguration, MoreThanAMegabyteIsNotRead) {
  const std::string text = starter("shop") + repeated("# more\n", 1U << 20U);
  const Parsed parsed = parse(text);
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_EQ(parsed.problems[0].message,
            fmt::format("the file has {} bytes; 1 MiB is the most that is read", text.size()));
}

}  // namespace
}  // namespace slipway::config
