#include <gmock/gmock.h>
#include <stdlib.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>

#include "drivers/notify/facts.h"
#include "drivers/notify/notifier.h"
#include "support/http_server.h"
#include "support/temp_dir.h"
#include "support/wait.h"

namespace slipway::drivers {
namespace {

using core::Channel;
using core::Outcome;
using test::HttpServer;
using test::ServerAnswer;
using test::ServerRequest;
using testing::HasSubstr;
using testing::Not;

core::Notify letter(Channel::Kind kind, const std::string& url) {
  core::Notify letter;
  letter.id = "shop/production#41.0";
  letter.channel.kind = kind;
  letter.channel.url = url;
  letter.notice.kind = core::NoticeKind::completed;
  letter.notice.service = "shop";
  letter.notice.environment = "production";
  letter.notice.deployment = 7;
  letter.notice.version = "2.1.0";
  letter.notice.by = "alice";
  letter.notice.at = letter.notice.started = Time(Duration(1'705'327'200'000));
  letter.notice.changes = {"3f9c0a1 Fix the cart"};
  return letter;
}

core::SecretRef variable(const std::string& name, const std::string& value) {
  ::setenv(name.c_str(), value.c_str(), 1);
  return {core::SecretRef::Source::environment, name, {}};
}

// Tells with a patience that a test can wait for.
Outcome tell(const core::Notify& letter, Duration whole = Duration(5000)) {
  ::setenv("no_proxy", "127.0.0.1", 1);
  Notifier notifier({.user = "", .connect = whole, .whole = whole, .command = whole});
  return notifier.perform({{{"shop", "production"}, 50, 0}, letter});
}

Outcome answered(int status, const std::string& body,
                 std::vector<std::pair<std::string, std::string>> headers = {}) {
  const HttpServer server([&](const ServerRequest&) { return ServerAnswer{status, body, headers, false}; });
  return tell(letter(Channel::Kind::slack, server.url("/services/T000/B000/x")));
}

// A receiver that keeps what it is sent.
class Inbox {
 public:
  ServerAnswer take(const ServerRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    return {};
  }
  std::vector<ServerRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::string url(const std::string& path = "/") const { return server_.url(path); }

 private:
  mutable std::mutex mutex_;
  std::vector<ServerRequest> requests_;
  HttpServer server_{[this](const ServerRequest& request) { return take(request); }};
};

TEST(Notifier, GivesSlackItsMessageAtTheSecretAddress) {
  const Inbox inbox;
  auto to_slack = letter(Channel::Kind::slack, "");
  to_slack.channel.url = variable("NOTIFY_TEST_URL", inbox.url("/services/T000/B000/secret"));
  const Outcome outcome = tell(to_slack);
  EXPECT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  ASSERT_EQ(inbox.requests().size(), 1U);
  const ServerRequest request = inbox.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/services/T000/B000/secret");
  EXPECT_EQ(request.headers.at("Content-Type"), "application/json");
  const Json message = Json::parse(request.body);
  EXPECT_EQ(message.at("text"), "shop/production: Deployment Completed: 2.1.0");
  EXPECT_EQ(message.at("blocks")[0].at("text").at("text"), "Deployment Completed");
}

TEST(Notifier, GivesWebhooksTheFactsTheIdAndASignatureThatTheReceiverCanVerify) {
  const Inbox inbox;
  auto to_webhook = letter(Channel::Kind::webhook, inbox.url("/hook"));
  to_webhook.channel.signing = variable("NOTIFY_TEST_KEY", "key");
  ASSERT_EQ(tell(to_webhook).status, Outcome::Status::done);
  ASSERT_EQ(inbox.requests().size(), 1U);
  const ServerRequest request = inbox.requests()[0];
  EXPECT_EQ(request.headers.at("Content-Type"), "application/json");
  EXPECT_EQ(request.headers.at("Slipway-Id"), "shop/production#41.0");
  EXPECT_EQ(request.headers.at("Slipway-Event"), "completed");
  EXPECT_EQ(request.headers.at("Slipway-Signature"),
            signature("key", request.headers.at("Slipway-Timestamp"), request.body));
  const Json body = Json::parse(request.body);
  EXPECT_EQ(body.at("id"), "shop/production#41.0");
  EXPECT_EQ(body.at("event"), "completed");
  EXPECT_EQ(body.at("at"), "2024-01-15T14:00:00Z");
  EXPECT_EQ(body.at("took_ms"), nullptr);
  EXPECT_EQ(body.at("previous"), nullptr);
  EXPECT_EQ(body.at("changes"), Json({"3f9c0a1 Fix the cart"}));
  EXPECT_THAT(body.at("text").get<std::string>(), HasSubstr("# Deployment Completed\n"));
}

TEST(Notifier, DoesntSignWithoutAKey) {
  const Inbox inbox;
  ASSERT_EQ(tell(letter(Channel::Kind::webhook, inbox.url())).status, Outcome::Status::done);
  EXPECT_FALSE(inbox.requests().at(0).headers.contains("Slipway-Signature"));
}

TEST(Signature, IsThatOfAnotherImplementation) {
  // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
  EXPECT_EQ(signature("key", "1700000000", R"({"a":1})"),
            "sha256=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03");
  EXPECT_NE(signature("key", "1700000000", R"({"a":1})"), signature("key", "1700000001", R"({"a":1})"));
  EXPECT_NE(signature("key", "1700000000", R"({"a":1})"), signature("kez", "1700000000", R"({"a":1})"));
}

TEST(Notifier, SaysWhatARefusalSaysAndGivesUp) {
  Outcome outcome = answered(400, "invalid_payload\nmore");
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_EQ(outcome.message, "it answers 400: invalid_payload");
  outcome = answered(410, "channel_is_archived");
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_THAT(outcome.message, HasSubstr("it answers 410: channel_is_archived; check the channel's URL"));
  EXPECT_EQ(answered(404, "no_service").status, Outcome::Status::failed);
}

TEST(Notifier, ComesBackWhenTheReceiverAsksIt) {
  Outcome outcome = answered(429, "rate_limited", {{"Retry-After", "30"}});
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_EQ(outcome.retry_after, Duration(30'000));
  EXPECT_EQ(answered(503, "", {{"retry-after", " 7 "}}).retry_after, Duration(7'000));
  EXPECT_EQ(answered(429, "", {{"Retry-After", "86400"}}).retry_after, Duration(3'600'000));
  EXPECT_EQ(answered(429, "", {{"Retry-After", "99999999999999999999"}}).retry_after, Duration(3'600'000));
  EXPECT_EQ(answered(429, "", {{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}}).retry_after, Duration(0));
  EXPECT_EQ(answered(429, "", {{"Retry-After", "Fri, 21 Oct 2112 07:28:00 GMT"}}).retry_after,
            Duration(3'600'000));
  outcome = answered(429, "", {{"Retry-After", "soon"}});
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_EQ(outcome.retry_after, std::nullopt);
  EXPECT_EQ(answered(429, "").status, Outcome::Status::unavailable);
}

TEST(Notifier, TriesAgainLaterAfterAFailureOfTheReceiversOwn) {
  const Outcome outcome = answered(500, "rollup_error");
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_EQ(outcome.message, "it answers 500: rollup_error");
  EXPECT_EQ(outcome.retry_after, std::nullopt);
}

TEST(Notifier, TriesAgainLaterWhenNobodyListens) {
  int port = 0;
  {
    const HttpServer gone;
    port = gone.port();
  }
  const auto lost =
      letter(Channel::Kind::webhook, fmt::format("http://127.0.0.1:{}/hook/S3CR3T-TOKEN", port));
  const Outcome outcome = tell(lost);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_THAT(outcome.message, Not(HasSubstr("S3CR3T")));
}

TEST(Notifier, TriesAgainLaterWhenTheReceiverHangsOrHangsUp) {
  std::mutex mutex;
  std::condition_variable over;
  bool done = false;
  HttpServer hangs([&](const ServerRequest&) {
    std::unique_lock lock(mutex);
    over.wait(lock, [&] { return done; });
    return ServerAnswer{};
  });
  const Outcome outcome = tell(letter(Channel::Kind::slack, hangs.url()), Duration(300));
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  over.notify_all();
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_EQ(outcome.message, "no answer within 300 ms");
  const HttpServer hangs_up([](const ServerRequest&) { return ServerAnswer{200, "", {}, true}; });
  EXPECT_EQ(tell(letter(Channel::Kind::slack, hangs_up.url())).status, Outcome::Status::unavailable);
}

TEST(Notifier, DoesntFollowARedirectToAnotherHost) {
  const Inbox elsewhere;
  const HttpServer server(
      [&](const ServerRequest&) { return ServerAnswer{307, "", {{"Location", elsewhere.url()}}, false}; });
  const Outcome outcome = tell(letter(Channel::Kind::webhook, server.url()));
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_THAT(outcome.message, HasSubstr("it answers 307; redirects aren't followed"));
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST(Notifier, TakesASuccessAsOneHoweverLongItsBodyIs) {
  const HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200, std::string(std::size_t{3} << 20, 'x'), {}, false};
  });
  EXPECT_EQ(tell(letter(Channel::Kind::webhook, server.url())).status, Outcome::Status::done);
}

TEST(Notifier, TakesTheSecretsOutOfWhatTheReceiverEchoes) {
  const HttpServer server([](const ServerRequest& request) {
    return ServerAnswer{404, "no " + request.path + " with correct-horse here", {}, false};
  });
  auto echoed = letter(Channel::Kind::webhook, "");
  echoed.channel.url =
      variable("NOTIFY_TEST_URL", server.url("/services/T00000000/S3CR3T-TOKEN?key=an0ther-one"));
  echoed.channel.signing = variable("NOTIFY_TEST_KEY", "correct-horse");
  const Outcome outcome = tell(echoed);
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_THAT(outcome.message, HasSubstr("it answers 404: no … with … here"));
  for (const char* secret : {"S3CR3T", "T00000000", "an0ther-one", "correct-horse"})
    EXPECT_THAT(outcome.message, Not(HasSubstr(secret)));
}

TEST(Notifier, GivesUpOnAnAddressThatCantBeOneWithoutQuotingIt) {
  for (const std::string url : {"ftp://S3CR3T-TOKEN/x", "http://", "not S3CR3T-TOKEN an address"}) {
    const Outcome outcome = tell(letter(Channel::Kind::webhook, url));
    EXPECT_NE(outcome.status, Outcome::Status::done) << url;
    EXPECT_THAT(outcome.message, HasSubstr("its URL")) << url;
    EXPECT_THAT(outcome.message, Not(HasSubstr("S3CR3T")));
  }
}

TEST(Notifier, WaitsForASecretThatIsntThereYet) {
  ::unsetenv("NOTIFY_TEST_NONE");
  auto secretive = letter(Channel::Kind::slack, "");
  secretive.channel.url = core::SecretRef{core::SecretRef::Source::environment, "NOTIFY_TEST_NONE", {}};
  const Outcome outcome = tell(secretive);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_THAT(outcome.message, HasSubstr("NOTIFY_TEST_NONE"));
}

TEST(Notifier, RefusesAReceiverThatCantProveItsName) {
  const HttpServer plain;
  const Outcome outcome = tell(letter(Channel::Kind::webhook, "https://" + plain.address()));
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
}

TEST(Notifier, SaysTheSameIdAtEachTrySoThatTheReceiverTakesItOnce) {
  std::mutex mutex;
  std::multiset<std::string> asked;
  const HttpServer server([&](const ServerRequest& request) {
    const std::lock_guard lock(mutex);
    asked.insert(request.headers.at("Slipway-Id"));
    return ServerAnswer{asked.size() < 3 ? 500 : 200, "", {}, false};
  });
  const auto same = letter(Channel::Kind::webhook, server.url());
  EXPECT_EQ(tell(same).status, Outcome::Status::unavailable);
  EXPECT_EQ(tell(same).status, Outcome::Status::unavailable);
  EXPECT_EQ(tell(same).status, Outcome::Status::done);
  EXPECT_EQ(asked.count("shop/production#41.0"), 3U);
}

TEST(Notifier, KnowsNothingOfWhatWasToldBefore) {
  Notifier notifier({});
  EXPECT_EQ(notifier.observe({{{"shop", "production"}, 50, 0}, letter(Channel::Kind::slack, "")}),
            std::nullopt);
}

core::Notify to_command(const std::string& script, std::vector<std::string> words = {}) {
  core::Notify notify = letter(Channel::Kind::command, "");
  notify.channel.command = {"/bin/sh", "-c", script, "sh"};
  notify.channel.command.insert(notify.channel.command.end(), words.begin(), words.end());
  return notify;
}

TEST(Notifier, GivesACommandTheFactsOnItsInputAndItsWordsAsTheyAre) {
  const TempDir dir;
  const auto file = (dir / "told").string();
  const Outcome outcome = tell(to_command(
      R"(cat > "$1.json"; printf '%s' "$2 $SLIPWAY_ID $SLIPWAY_EVENT" > "$1.words")", {file, "$HOME; `id`"}));
  EXPECT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  std::ifstream json(file + ".json"), words(file + ".words");
  EXPECT_EQ(Json::parse(json).at("id"), "shop/production#41.0");
  const std::string written{std::istreambuf_iterator<char>(words), {}};
  EXPECT_EQ(written, "$HOME; `id` shop/production#41.0 completed");
}

TEST(Notifier, TriesACommandAgainThatFailsAndSaysItsLastWords) {
  const Outcome outcome = tell(to_command("echo the mail server is away >&2; exit 3"));
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_EQ(outcome.message, "it exited with status 3: the mail server is away");
}

TEST(Notifier, GivesUpOnACommandThatIsntThere) {
  core::Notify notify = letter(Channel::Kind::command, "");
  notify.channel.command = {"no-such-program-anywhere"};
  const Outcome outcome = tell(notify);
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_THAT(outcome.message, HasSubstr("no-such-program-anywhere"));
}

TEST(Notifier, KillsACommandThatHangsIgnoresSigtermAndHasChildren) {
  const TempDir dir;
  const auto file = (dir / "child").string();
  const Outcome outcome =
      tell(to_command(R"(trap '' TERM; sleep 600 & echo $! > "$1.part"; mv "$1.part" "$1"; wait)", {file}),
           Duration(3000));
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_EQ(outcome.message, "it took too long and was killed");
  std::ifstream written(file);
  int child = 0;
  ASSERT_TRUE(written >> child);
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    std::ifstream status(fmt::format("/proc/{}/stat", child));
    std::string number, name, state;
    return !(status >> number >> name >> state) || state == "Z" || name != "(sleep)";
  }));
}

TEST(Notifier, TakesACommandThatReadsNothingAndPrintsForEver) {
  auto notify = to_command("exit 0");
  notify.notice.changes.assign(20'000, std::string(100, 'x'));  // more than a pipe holds
  EXPECT_EQ(tell(notify).status, Outcome::Status::done);
  EXPECT_EQ(tell(to_command("yes"), Duration(500)).status, Outcome::Status::unavailable);
}

TEST(Workers, OfWhomThereMayBeOneDoesOneJobAtATime) {
  std::mutex mutex;
  int under_way = 0, most = 0, done = 0;
  {
    Workers workers(1);
    for (int i = 0; i < 20; ++i)
      workers.run([&] {
        {
          const std::lock_guard lock(mutex);
          most = std::max(most, ++under_way);
        }
        std::this_thread::yield();
        const std::lock_guard lock(mutex);
        --under_way;
        ++done;
      });
  }
  EXPECT_EQ(most, 1);
  EXPECT_EQ(done, 20);
}

}  // namespace
}  // namespace slipway::drivers
