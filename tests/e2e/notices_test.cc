#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "e2e/gates_world.h"
#include "e2e/receiver.h"

// What receivers hear that are away, busy, out of order or silent, and what it costs a deployment: nothing.
namespace slipway::e2e {
namespace {

using Mood = Receiver::Mood;
using Words = std::vector<std::string>;

const std::string key = "the key of the test";

// As docs/notifications.md tells whoever verifies it.
std::string signature(const std::string& timestamp, const std::string& body) {
  const std::string text = timestamp + "." + body;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  std::string hexadecimal = "sha256=";
  for (unsigned int i = 0; i < size; ++i) hexadecimal += fmt::format("{:02x}", digest[i]);
  return hexadecimal;
}

class Notices : public GatesWorld {
 protected:
  // Slack at a port where nobody need listen yet.
  void begin(const Receiver& webhook, int slack_port) {
    std::ofstream(root() / "key") << key;
    configure(
        {.notifications = {fmt::format("{{slack: \"http://127.0.0.1:{}/services/T0/B0/x\"}}", slack_port),
                           fmt::format("{{webhook: \"{}\", signing: {{secret: {{file: {}}}}}}}",
                                       webhook.url("/hook"), (root() / "key").string())}});
    start_daemon_for_everybody();
  }
  std::size_t letters() const { return view("production")["letters"]; }
  bool all_are_told() const {
    return eventually(Duration(30'000), [&] {
      const Json now = view("production");
      return now.is_object() && now["letters"] == 0;
    });
  }
  // Its letters of two deployments are tried again.
  static bool ails_both(const Receiver& receiver) {
    return eventually(Duration(15'000),
                      [&, before = receiver.tries()] { return receiver.tries() >= before + 2; });
  }
  static void expect_signed(const Receiver& receiver) {
    for (const test::ServerRequest& request : receiver.taken())
      EXPECT_EQ(request.headers.at("Slipway-Signature"),
                signature(request.headers.at("Slipway-Timestamp"), request.body));
  }
  // What Slack was told of a version, in order.
  static Words of_slack(const Receiver& slack, const std::string& version) {
    Words words;
    for (const test::ServerRequest& request : slack.taken()) {
      const std::string text = Json::parse(request.body)["text"];
      if (text.ends_with(": " + version)) words.push_back(text.substr(0, text.size() - version.size() - 2));
    }
    return words;
  }
};

const Words whole_life{"started", "completed"};
const Words whole_life_for_slack{"shop/production: Deployment Started",
                                 "shop/production: Deployment Completed"};

TEST_F(Notices, OfReceiversThatAreAwaySilentBrokenOrBusyHoldUpNothingAndAllArriveInOrder) {
  Receiver webhook(Mood::hangs);
  const int slack_port = free_port();
  begin(webhook, slack_port);
  bring("1.0.0", {"production"});
  bring("1.1.0", {"production"});
  // Both are over, and nobody has heard a word.
  EXPECT_EQ(letters(), 8U);
  EXPECT_TRUE(webhook.taken().empty());
  EXPECT_GE(webhook.tries(), 2);  // those of one deployment don't wait for those of another

  Receiver slack(Mood::ails, slack_port);
  webhook.becomes(Mood::ails);
  EXPECT_TRUE(ails_both(webhook));
  EXPECT_TRUE(ails_both(slack));
  EXPECT_TRUE(webhook.taken().empty());
  webhook.becomes(Mood::takes);
  slack.becomes(Mood::takes);
  ASSERT_TRUE(all_are_told()) << letters();

  EXPECT_EQ(webhook.taken().size(), 4U);
  EXPECT_EQ(webhook.letters().size(), 4U);
  EXPECT_EQ(webhook.told_of(1), whole_life);
  EXPECT_EQ(webhook.told_of(2), whole_life);
  expect_signed(webhook);
  EXPECT_EQ(slack.taken().size(), 4U);
  EXPECT_EQ(of_slack(slack, "1.0.0"), whole_life_for_slack);
  EXPECT_EQ(of_slack(slack, "1.1.0"), whole_life_for_slack);
  // What was hard is in the history.
  for (const int number : {1, 2}) {
    EXPECT_NE(timeline("production", number).find("the webhook couldn't be told"), std::string::npos)
        << timeline("production", number);
    EXPECT_NE(timeline("production", number).find("Slack was told"), std::string::npos)
        << timeline("production", number);
  }
}

TEST_F(Notices, OfADaemonThatIsKilledInTheMidstAreNotLostNorTakenTwiceByWhoKeepsIds) {
  Receiver webhook(Mood::takes_and_hangs);
  const int slack_port = free_port();
  begin(webhook, slack_port);
  bring("1.0.0", {"production"});
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return webhook.taken().size() == 1; }));
  EXPECT_EQ(letters(), 4U);
  kill_daemon();  // before it hears that its letter was taken
  webhook.becomes(Mood::takes_and_hangs);
  start_daemon_for_everybody();
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return webhook.taken().size() == 2; }));
  kill_daemon();
  webhook.becomes(Mood::takes);
  start_daemon_for_everybody();
  Receiver slack(Mood::takes, slack_port);
  ASSERT_TRUE(all_are_told()) << letters();
  EXPECT_EQ(webhook.taken().size(), 4U);
  EXPECT_EQ(webhook.told_of(1), whole_life);
  EXPECT_EQ(webhook.taken()[0].headers.at("Slipway-Id"), webhook.taken()[2].headers.at("Slipway-Id"));
  expect_signed(webhook);
  EXPECT_EQ(of_slack(slack, "1.0.0"), whole_life_for_slack);
}

}  // namespace
}  // namespace slipway::e2e
