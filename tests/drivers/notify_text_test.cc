#include <gmock/gmock.h>

#include "core/notice_text.h"

namespace slipway::core {
namespace {

using testing::HasSubstr;

constexpr NoticeKind kinds[] = {
    NoticeKind::started,     NoticeKind::completed,       NoticeKind::failed,
    NoticeKind::rolled_back, NoticeKind::approval_needed, NoticeKind::checklist_failed,
    NoticeKind::stuck,       NoticeKind::alert,           NoticeKind::override_};

Notice of(NoticeKind kind) {
  Notice notice;
  notice.kind = kind;
  notice.service = "shop";
  notice.environment = "production";
  notice.deployment = 7;
  notice.version = "2.1.0";
  notice.previous = "2.0.9";
  notice.by = "alice";
  notice.started = Time(Duration(1'705'327'200'000));
  notice.at = notice.started + std::chrono::minutes(25);
  notice.expected = std::chrono::minutes(30);
  notice.took = std::chrono::minutes(25);
  notice.cause = "errors 5.1 % against 0.48 %";
  notice.rollback_plan = "one switch to 2.0.9 until its bake is over, then a start of it within 1 min";
  notice.changes = {"3f9c0a1 Fix the cart", "b02d771 Show prices & taxes"};
  notice.url = "https://shop.example.com";
  return notice;
}

std::string told(const Notice& notice) {
  return words({}, notice);
}

TEST(NoticeText, OfAStartIsTheProceduresTemplate) {
  EXPECT_EQ(told(of(NoticeKind::started)),
            "# Deployment Started\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Deployer**: alice  \n"
            "**Start Time**: 2024-01-15 14:00 UTC  \n"
            "**Expected Duration**: 30 min  \n"
            "**Rollback Plan**: Available: one switch to 2.0.9 until its bake is over, then a start of it "
            "within 1 min  \n");
}

TEST(NoticeText, OfTheFirstReleasesStartSaysThatThereIsNoWayBackAndTheReasonThatWasGiven) {
  Notice notice = of(NoticeKind::started);
  notice.previous.clear();
  notice.rollback_plan = "none: it is the first release";
  notice.expected = Duration::zero();
  notice.reason = "opening day";
  const std::string text = told(notice);
  EXPECT_THAT(text, HasSubstr("**Rollback Plan**: none: it is the first release  \n"));
  EXPECT_THAT(text, HasSubstr("**Expected Duration**: no holds  \n"));
  EXPECT_TRUE(text.ends_with("**Reason**: opening day  \n")) << text;
}

TEST(NoticeText, OfACompletionIsTheProceduresTemplate) {
  EXPECT_EQ(told(of(NoticeKind::completed)),
            "# Deployment Completed\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: ✅ Success  \n"
            "**Duration**: 25 min  \n"
            "**Monitoring**: [https://shop.example.com](https://shop.example.com)  \n"
            "**Changes**: \n"
            "- 3f9c0a1 Fix the cart\n"
            "- b02d771 Show prices & taxes\n");
}

TEST(NoticeText, OfACompletionWithoutAnAddressAndWithoutKnownChangesHasNoEmptyLines) {
  Notice notice = of(NoticeKind::completed);
  notice.url.clear();
  notice.changes.clear();
  EXPECT_EQ(told(notice),
            "# Deployment Completed\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: ✅ Success  \n"
            "**Duration**: 25 min  \n"
            "**Changes**: not known\n");
}

TEST(NoticeText, OfAFailureIsTheProceduresTemplate) {
  EXPECT_EQ(told(of(NoticeKind::failed)),
            "# Deployment Failed\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: ❌ Failed  \n"
            "**Error**: errors 5.1 % against 0.48 %  \n"
            "**Action**: Taken back: every user is on 2.0.9  \n"
            "**Previous Version**: 2.0.9 (serving)  \n");
}

TEST(NoticeText, OfTheFirstReleasesFailureNamesNoVersionThatServes) {
  Notice notice = of(NoticeKind::failed);
  notice.previous.clear();
  const std::string text = told(notice);
  EXPECT_THAT(text, HasSubstr("**Action**: None: there is no earlier release to go back to  \n"));
  EXPECT_THAT(text, HasSubstr("**Previous Version**: none  \n"));
}

TEST(NoticeText, OfARollbackSaysWhichVersionIsRestored) {
  EXPECT_EQ(told(of(NoticeKind::rolled_back)),
            "# Deployment Rolled Back\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: ↩️ Rolled back  \n"
            "**Error**: errors 5.1 % against 0.48 %  \n"
            "**Action**: Rolled back: every user is on 2.0.9  \n"
            "**Previous Version**: 2.0.9 (restored)  \n"
            "**Duration**: 25 min  \n");
}

TEST(NoticeText, OfAnApprovalThatIsNeededSaysForWhat) {
  Notice notice = of(NoticeKind::approval_needed);
  notice.cause = "1 of 2 approvals";
  EXPECT_EQ(told(notice),
            "# Approval Needed\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: ⏳ Waiting for approval  \n"
            "**Deployer**: alice  \n"
            "**Needed**: 1 of 2 approvals  \n"
            "**Action**: slipway approve shop/production  \n"
            "**Expected Duration**: 30 min  \n"
            "**Rollback Plan**: Available: one switch to 2.0.9 until its bake is over, then a start of it "
            "within 1 min  \n"
            "**Changes**: \n"
            "- 3f9c0a1 Fix the cart\n"
            "- b02d771 Show prices & taxes\n");
}

TEST(NoticeText, OfAFailedChecklistSaysThatNothingWasChanged) {
  EXPECT_EQ(told(of(NoticeKind::checklist_failed)),
            "# Checklist Failed\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: ❌ Not started  \n"
            "**Deployer**: alice  \n"
            "**Error**: errors 5.1 % against 0.48 %  \n"
            "**Action**: Nothing was changed; mend what failed and deploy again  \n");
}

TEST(NoticeText, OfOneThatIsStuckSaysWhatAPersonCanDo) {
  EXPECT_EQ(told(of(NoticeKind::stuck)),
            "# Deployment Stuck\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: 🆘 Stuck  \n"
            "**Deployer**: alice  \n"
            "**Error**: errors 5.1 % against 0.48 %  \n"
            "**Action**: Users stay where they are while it is tried again; see slipway status "
            "shop/production  \n");
}

TEST(NoticeText, OfAnAlertSaysWhichAndWhereToLook) {
  EXPECT_EQ(told(of(NoticeKind::alert)),
            "# Deployment Alert\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: 🔔 Firing  \n"
            "**Alert**: errors 5.1 % against 0.48 %  \n"
            "**Action**: See slipway status shop/production  \n"
            "**Monitoring**: [https://shop.example.com](https://shop.example.com)  \n");
}

TEST(NoticeText, OfAnOverrideSaysWhoSetWhatAsideAndWhen) {
  Notice notice = of(NoticeKind::override_);
  notice.cause = "the checklist was set aside by bob: the scanner is down";
  EXPECT_EQ(told(notice),
            "# Gate Overridden\n"
            "**Environment**: production  \n"
            "**Version**: 2.1.0  \n"
            "**Status**: ⚠️ A gate was set aside  \n"
            "**Deployer**: alice  \n"
            "**Override**: the checklist was set aside by bob: the scanner is down  \n"
            "**Time**: 2024-01-15 14:25 UTC  \n");
}

TEST(NoticeText, OfManyChangesNamesTwentyAndCountsTheRest) {
  Notice notice = of(NoticeKind::completed);
  notice.changes.assign(33, "a commit");
  const std::string text = told(notice);
  EXPECT_TRUE(text.ends_with("- a commit\n- and 13 more\n")) << text;
  EXPECT_EQ(std::ranges::count(text, '-'), 21);
}

TEST(NoticeText, CountsTheCommitsThatAListOfChangesLeftOut) {
  Notice notice = of(NoticeKind::completed);
  notice.changes.assign(99, "a commit");
  notice.changes.emplace_back("and 43 more");
  EXPECT_TRUE(told(notice).ends_with("- a commit\n- and 122 more\n")) << told(notice);
  notice.changes.back() = "and some more";
  EXPECT_TRUE(told(notice).ends_with("- a commit\n- and 80 more\n")) << told(notice);
}

TEST(NoticeText, HasADefaultForEveryKindThatPassesItsOwnCheck) {
  for (const NoticeKind kind : kinds) {
    const Status checked = check_template(default_template(kind));
    EXPECT_TRUE(checked.has_value()) << name(kind) << ": " << checked.error().message;
    EXPECT_TRUE(told(of(kind)).starts_with(fmt::format("# {}\n", title(kind)))) << name(kind);
  }
}

TEST(NoticeText, OfAChannelsOwnTemplateTakesThePlaceOfTheDefault) {
  Channel channel;
  channel.templates[NoticeKind::failed] =
      "{{service}} {{version}}: {{{cause}}}{{#reason}} ({{reason}}){{/reason}}";
  EXPECT_EQ(words(channel, of(NoticeKind::failed)), "shop 2.1.0: errors 5.1 % against 0.48 %");
  EXPECT_THAT(words(channel, of(NoticeKind::stuck)), HasSubstr("# Deployment Stuck"));
}

TEST(NoticeText, OfATemplateThatAnOlderVersionTookAndThatIsntOneFallsBackToTheDefault) {
  Channel channel;
  channel.templates[NoticeKind::failed] = "{{#cause}}";
  EXPECT_THAT(words(channel, of(NoticeKind::failed)), HasSubstr("# Deployment Failed"));
}

TEST(NoticeText, ForSlackEscapesFactsEvenInTripleBracesAndLeavesTheTemplatesOwnTextAlone) {
  Notice notice = of(NoticeKind::failed);
  notice.cause = "<!channel> a & b";
  const auto text = render(notice, "<!here> {{cause}} {{{cause}}} {{&cause}}", Escaping::slack);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(*text,
            "<!here> &lt;!channel&gt; a &amp; b &lt;!channel&gt; a &amp; b &lt;!channel&gt; a &amp; b");
}

TEST(NoticeText, OfFactsThatLookLikeTagsShowsThemAsTheyAre) {
  Notice notice = of(NoticeKind::failed);
  notice.cause = "{{version}} {{#x}}";
  EXPECT_THAT(told(notice), HasSubstr("**Error**: {{version}} {{#x}}  \n"));
}

struct BadTemplate {
  const char* text;
  const char* error;
};

class BadTemplates : public testing::TestWithParam<BadTemplate> {};

TEST_P(BadTemplates, AreRefusedWithWhatIsWrong) {
  const Status checked = check_template(GetParam().text);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(checked.error().message, HasSubstr(GetParam().error));
  EXPECT_FALSE(render(of(NoticeKind::failed), GetParam().text).has_value());
}

INSTANTIATE_TEST_SUITE_P(NoticeText, BadTemplates,
                         testing::Values(BadTemplate{"", "it is empty"}, BadTemplate{" \n\t", "it is empty"},
                                         BadTemplate{"{{", "it has a {{ without its }}"},
                                         BadTemplate{"{{version", "it has a {{ without its }}"},
                                         BadTemplate{"{{versoin}}", "did you mean \"version\"?"},
                                         BadTemplate{"{{#changes}}x", "Unclosed section \"changes\""},
                                         BadTemplate{"{{/changes}}", "Unopened section \"changes\""},
                                         BadTemplate{"{{#url}}{{#by}}{{/url}}{{/by}}", "it isn't Mustache"},
                                         BadTemplate{"{{}}", "it has no variable \"\""},
                                         BadTemplate{"{{{by}}", "it isn't Mustache"},
                                         BadTemplate{"{{=<% %>=}}<%by%>", "delimiters"},
                                         BadTemplate{"{{> header}}", "there are no partials"},
                                         BadTemplate{"{{notice.by}}", "it has no variable \"notice.by\""}));

}  // namespace
}  // namespace slipway::core
