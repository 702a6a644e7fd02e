#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/render.h"
#include "cli/table.h"
#include "fixtures.h"
#include "plain.h"

// The timeline of one deployment: what it was made from, and what was asked before it began.
namespace slipway {
namespace {

using cli::View;
using test::before_noon;
using test::canary_target;
using test::plain;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Timeline, TellsWhatItWasMadeFromItsChecksAndWhoApprovedIt) {
  Json record = canary_target()["deployment"];
  const auto check = [](const std::string& name, bool passed, const std::string& by, bool overridden,
                        const std::string& summary, const std::string& tail = "") {
    return Json{
        {"check", name}, {"passed", passed},     {"by", by}, {"overridden", overridden}, {"summary", summary},
        {"tail", tail},  {"at", before_noon(90)}};
  };
  record.update({{"outcome", "aborted"},
                 {"cause", "the checklist isn't met: Tests"},
                 {"commit", "4f2a9c1d2e4f2a9c1d2e4f2a9c1d2e4f2a9c1d2e"},
                 {"branch", "main"},
                 {"changes", {"4f2a9c1 Mend the cart", "1b2c3d4 Sell socks"}},
                 {"checks",
                  {check("Audit", true, "", false, "exited with status 0"),
                   check("Docs", true, "bob", false, "the page on carts"),
                   check("Backup", true, "alice", true, "none is needed, see OPS-7"),
                   check("Tests", false, "", false, "exited with status 1", "3 of 9 failed\n  carts\n")}},
                 {"approvals",
                  {{{"by", "bob"}, {"at", before_noon(60)}, {"reason", "fine"}},
                   {{"by", "carol"}, {"at", before_noon(30)}, {"reason", ""}}}},
                 {"notes", {test::note_of(1, 600, "started by alice")}}});
  EXPECT_EQ(cli::render_timeline(View(record), plain),
            "deployment 42   deploy of 1.5.0   aborted: the checklist isn't met: Tests\n"
            "  revision 42, digest 3f9c, started 2025-11-23 13:50:00 UTC by alice\n"
            "  replaces 1.4.2, revision 41\n"
            "  made from commit 4f2a9c1d2e on main\n"
            "    4f2a9c1 Mend the cart\n"
            "    1b2c3d4 Sell socks\n"
            "\n"
            "  of 4 checks, 1 failed, 1 was set aside and 2 were met\n"
            "  check   result     by     at (UTC)             evidence\n"
            "  Audit   met               2025-11-23 13:58:30  exited with status 0\n"
            "  Docs    met        bob    2025-11-23 13:58:30  the page on carts\n"
            "  Backup  set aside  alice  2025-11-23 13:58:30  none is needed, see OPS-7\n"
            "  Tests   failed            2025-11-23 13:58:30  exited with status 1\n"
            "      3 of 9 failed\n"
            "        carts\n"
            "\n"
            "  approved by bob and carol\n"
            "  by     at (UTC)             note\n"
            "  bob    2025-11-23 13:59:00  fine\n"
            "  carol  2025-11-23 13:59:30\n"
            "\n"
            "  13:50:00  started by alice\n");
}

TEST(Timeline, WhereAllChecksWereMetSaysSo) {
  Json record = canary_target()["deployment"];
  record["checks"] = {{{"check", "Audit"}, {"passed", true}, {"at", before_noon(90)}, {"summary", "fine"}}};
  EXPECT_THAT(cli::render_timeline(View(record), plain), HasSubstr("\n\n  the one check was met\n  check "));
  record["checks"].push_back(record["checks"][0]);
  EXPECT_THAT(cli::render_timeline(View(record), plain), HasSubstr("\n\n  all 2 checks were met\n  check "));
}

TEST(Timeline, ShowsTheLastLinesOfAFailedCheckAndTheFirstOfManyCommits) {
  Json record = canary_target()["deployment"];
  std::string tail;
  Json changes = Json::array();
  for (int i = 1; i <= 12; ++i) {
    tail += fmt::format("line {}\n", i);
    changes.push_back(fmt::format("{:07} Change it", i));
  }
  record["checks"] = {{{"check", "Audit"}, {"passed", false}, {"at", before_noon(90)}, {"tail", tail}}};
  record["commit"] = std::string(40, 'a');
  record["changes"] = changes;
  const std::string shown = cli::render_timeline(View(record), plain);
  EXPECT_THAT(shown, HasSubstr("      … 2 lines before\n      line 3\n"));
  EXPECT_THAT(shown, HasSubstr("      line 12\n"));
  EXPECT_THAT(shown, Not(HasSubstr("line 2\n")));
  EXPECT_THAT(shown, HasSubstr("made from commit aaaaaaaaaa\n"));
  EXPECT_THAT(shown, HasSubstr("    0000010 Change it\n    and 2 more\n"));
}

TEST(Timeline, KeepsToTheWidthOfATerminal) {
  Json record = canary_target()["deployment"];
  record["notes"] = {
      test::note_of(1, 600, "the checklist isn't met: Audit: exited with status 1, and more of it")};
  const std::string shown = cli::render_timeline(View(record), plain, cli::Page{60, cli::LongLines::folded});
  for (const std::string& line : cli::lines_of(shown)) EXPECT_LE(cli::width(line), 60U) << line;
  EXPECT_THAT(shown, HasSubstr("\n            "));
}

}  // namespace
}  // namespace slipway
