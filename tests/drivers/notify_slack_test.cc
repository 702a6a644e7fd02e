#include <gmock/gmock.h>

#include "core/notice_text.h"
#include "drivers/notify/slack.h"

namespace slipway::drivers {
namespace {

using core::Notice;
using core::NoticeKind;
using testing::HasSubstr;

Notice failure() {
  Notice notice;
  notice.kind = NoticeKind::failed;
  notice.service = "shop";
  notice.environment = "production";
  notice.deployment = 7;
  notice.version = "2.1.0";
  notice.previous = "2.0.9";
  notice.by = "alice";
  notice.started = notice.at = Time(Duration(1'705'327'200'000));
  notice.cause = "GET /<id> & more failed";
  return notice;
}

Json message(const Notice& notice) {
  return slack_message(notice, core::words({}, notice, core::Escaping::slack));
}

// What Slack documents of each block that we use (docs.slack.dev/reference/block-kit/blocks): these keys and
// no others, these types, these lengths.
void check_text(const Json& text, const std::string& type, std::size_t longest) {
  ASSERT_TRUE(text.is_object());
  EXPECT_EQ(text.at("type"), type);
  ASSERT_TRUE(text.at("text").is_string());
  const auto written = text.at("text").get<std::string>();
  EXPECT_GE(written.size(), 1U);
  EXPECT_LE(written.size(), longest);
  EXPECT_EQ(text.size(), 3U) << text;
  EXPECT_TRUE(text.at(type == "mrkdwn" ? "verbatim" : "emoji").is_boolean());
}

void check_block(const Json& block) {
  const auto type = block.at("type").get<std::string>();
  EXPECT_EQ(block.size(), 2U) << block;
  if (type == "header") return check_text(block.at("text"), "plain_text", 150);
  if (type == "context") {
    ASSERT_TRUE(block.at("elements").is_array());
    EXPECT_GE(block.at("elements").size(), 1U);
    EXPECT_LE(block.at("elements").size(), 10U);
    for (const Json& element : block.at("elements")) check_text(element, "mrkdwn", 3000);
    return;
  }
  ASSERT_EQ(type, "section");
  if (block.contains("text")) return check_text(block.at("text"), "mrkdwn", 3000);
  ASSERT_TRUE(block.at("fields").is_array());
  EXPECT_GE(block.at("fields").size(), 1U);
  EXPECT_LE(block.at("fields").size(), 10U);
  for (const Json& field : block.at("fields")) check_text(field, "mrkdwn", 2000);
}

void check_message(const Json& message) {
  EXPECT_EQ(message.size(), 2U);
  ASSERT_TRUE(message.at("text").is_string());
  EXPECT_LE(message.at("text").get<std::string>().size(), 4000U);
  ASSERT_TRUE(message.at("blocks").is_array());
  EXPECT_GE(message.at("blocks").size(), 1U);
  EXPECT_LE(message.at("blocks").size(), 50U);
  for (const Json& block : message.at("blocks")) check_block(block);
}

TEST(SlackMessage, OfAFailureIsAHeaderFieldsAndAContext) {
  const Json expected = Json::parse(R"json({
    "text": "shop/production: Deployment Failed: 2.1.0: GET /&lt;id&gt; &amp; more failed",
    "blocks": [
      {"type": "header", "text": {"type": "plain_text", "text": "Deployment Failed", "emoji": true}},
      {"type": "section", "fields": [
        {"type": "mrkdwn", "verbatim": true, "text": "*Environment*\nproduction"},
        {"type": "mrkdwn", "verbatim": true, "text": "*Version*\n2.1.0"},
        {"type": "mrkdwn", "verbatim": true, "text": "*Status*\n❌ Failed"},
        {"type": "mrkdwn", "verbatim": true, "text": "*Error*\nGET /&lt;id&gt; &amp; more failed"},
        {"type": "mrkdwn", "verbatim": true, "text": "*Action*\nTaken back: every user is on 2.0.9"},
        {"type": "mrkdwn", "verbatim": true, "text": "*Previous Version*\n2.0.9 (serving)"}]},
      {"type": "context", "elements": [
        {"type": "mrkdwn", "verbatim": true,
         "text": "shop/production  ·  deployment 7  ·  2024-01-15 14:00 UTC"}]}
    ]})json");
  EXPECT_EQ(message(failure()), expected);
  check_message(expected);
}

TEST(SlackMessage, OfACompletionLinksAndListsTheChanges) {
  Notice notice = failure();
  notice.kind = NoticeKind::completed;
  notice.cause.clear();
  notice.took = std::chrono::minutes(25);
  notice.url = "https://shop.example.com/?a=1&b=2";
  notice.changes = {"3f9c0a1 Fix the cart", "b02d771 Call @channel <!here>"};
  const Json blocks = message(notice).at("blocks");
  check_message(message(notice));
  ASSERT_EQ(blocks.size(), 4U);
  EXPECT_EQ(blocks[1]["fields"][4]["text"], "*Monitoring*\n<https://shop.example.com/?a=1&amp;b=2>");
  EXPECT_EQ(blocks[2]["text"]["text"],
            "*Changes*:\n• 3f9c0a1 Fix the cart\n• b02d771 Call @channel &lt;!here&gt;");
}

TEST(SlackMessage, OfEveryKindIsAsSlackDocumentsIt) {
  for (const NoticeKind kind :
       {NoticeKind::started, NoticeKind::completed, NoticeKind::failed, NoticeKind::rolled_back,
        NoticeKind::approval_needed, NoticeKind::checklist_failed, NoticeKind::stuck, NoticeKind::alert,
        NoticeKind::override_}) {
    Notice notice = failure();
    notice.kind = kind;
    check_message(message(notice));
  }
}

TEST(SlackMessage, OfALongErrorCutsItWithinSlacksLimitsAndNotWithinAnEntity) {
  for (std::size_t shift = 0; shift < 8; ++shift) {
    Notice notice = failure();
    notice.cause = std::string(shift, 'x');
    for (int i = 0; i < 4000; ++i) notice.cause += "<é>";
    const Json whole = message(notice);
    check_message(whole);
    const std::string text = whole["blocks"].dump();  // throws if half a character is left
    for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1))
      EXPECT_TRUE(text.substr(at).starts_with("&lt;") || text.substr(at).starts_with("&gt;")) << at;
    EXPECT_THAT(text, HasSubstr("…"));
  }
}

TEST(SlackMessage, OfATemplateWithoutEndKeepsFiftyBlocksAndItsContext) {
  std::string words = "# " + std::string(400, 't') + "\n";
  for (int i = 0; i < 300; ++i) words += fmt::format("**Field {}**: {}\nsome text\n", i, i);
  const Json whole = slack_message(failure(), words);
  check_message(whole);
  EXPECT_EQ(whole["blocks"].size(), 50U);
  EXPECT_EQ(whole["blocks"][48]["text"]["text"], "…");
  EXPECT_EQ(whole["blocks"][49]["type"], "context");
}

TEST(SlackMessage, OfManyFieldsPutsTenIntoASection) {
  std::string words;
  for (int i = 0; i < 11; ++i) words += fmt::format("**Field {}**: {}\n", i, i);
  const Json blocks = slack_message(failure(), words)["blocks"];
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0]["fields"].size(), 10U);
  EXPECT_EQ(blocks[1]["fields"].size(), 1U);
}

TEST(SlackMessage, OfMarkdownIsWrittenAsSlackHasIt) {
  const auto text = [](std::string_view words) {
    return slack_message(failure(), words)["blocks"][0]["text"]["text"].get<std::string>();
  };
  EXPECT_EQ(text("a **bold** word"), "a *bold* word");
  EXPECT_EQ(text("see [the shop](https://shop.example.com) now"),
            "see <https://shop.example.com|the shop> now");
  EXPECT_EQ(text("[a](b) [c] (d) [e](javascript:f)"), "[a](b) [c] (d) [e](javascript:f)");
  EXPECT_EQ(text("first\n## Second\n- third"), "first\n*Second*\n• third");
  EXPECT_EQ(text("*already* Slack's <!here>"), "*already* Slack's <!here>");
}

TEST(SlackMessage, OfNothingButSpaceStillSaysWhatHappened) {
  const Json whole = slack_message(failure(), "\n  \n");
  check_message(whole);
  EXPECT_EQ(whole["blocks"].size(), 1U);
  EXPECT_THAT(whole["text"].get<std::string>(), HasSubstr("Deployment Failed: 2.1.0"));
}

}  // namespace
}  // namespace slipway::drivers
