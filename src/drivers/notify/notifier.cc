#include "drivers/notify/notifier.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "core/notice_text.h"
#include "drivers/engine/secrets.h"
#include "drivers/notify/answer.h"
#include "drivers/notify/facts.h"
#include "drivers/notify/slack.h"
#include "os/clock.h"
#include "os/command.h"

namespace slipway::drivers {
namespace {

using core::Channel;
using core::Outcome;

// Whoever mends the place that a secret is read from finds the letter still waiting.
Result<std::string> value_of(const core::EnvironmentValue& value, std::string_view what) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  auto secret = resolve(std::get<core::SecretRef>(value));
  if (!secret) return fail(ErrorKind::unavailable, "{} can't be read: {}", what, secret.error().message);
  if (secret->empty()) return fail(ErrorKind::unavailable, "{} is empty", what);
  return secret;
}

Outcome sent(const HttpPost& request, const std::vector<std::string>& secrets) {
  const auto answer = post(request);
  if (answer) return outcome_of(*answer, secrets, os::wall_now());
  const bool vain = answer.error().kind == ErrorKind::invalid_input;
  return vain ? Outcome::failed(answer.error().message) : Outcome::unavailable(answer.error().message);
}

}  // namespace

std::optional<Outcome> Notifier::observe(const core::Effect&) {
  return std::nullopt;
}

Outcome Notifier::perform(const core::Effect& effect) {
  const auto* letter = std::get_if<core::Notify>(&effect.body);
  CHECK(letter != nullptr);
  switch (letter->channel.kind) {
    case Channel::Kind::slack:
      return tell_slack(*letter);
    case Channel::Kind::webhook:
      return tell_webhook(*letter);
    case Channel::Kind::command:
      return run_command(*letter);
  }
  return Outcome::failed("its kind isn't known");
}

Outcome Notifier::tell_slack(const core::Notify& letter) const {
  const auto url = value_of(letter.channel.url, "its URL");
  if (!url) return Outcome::unavailable(url.error().message);
  const std::string words = core::words(letter.channel, letter.notice, core::Escaping::slack);
  return sent({.url = *url,
               .headers = {"Content-Type: application/json"},
               .body = json_text(slack_message(letter.notice, words)),
               .connect = settings_.connect,
               .whole = settings_.whole},
              secrets_of(*url));
}

Outcome Notifier::tell_webhook(const core::Notify& letter) const {
  const auto url = value_of(letter.channel.url, "its URL");
  if (!url) return Outcome::unavailable(url.error().message);
  std::vector<std::string> secrets = secrets_of(*url);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(os::wall_now()).time_since_epoch().count();
  const std::string timestamp = std::to_string(seconds);
  HttpPost request{
      .url = *url,
      .headers = {"Content-Type: application/json", "Slipway-Id: " + letter.id,
                  fmt::format("Slipway-Event: {}", core::name(letter.notice.kind)),
                  "Slipway-Timestamp: " + timestamp},
      .body = json_text(facts(letter)),
      .connect = settings_.connect,
      .whole = settings_.whole,
  };
  if (letter.channel.signing) {
    const auto key = value_of(*letter.channel.signing, "the key that it is signed with");
    if (!key) return Outcome::unavailable(key.error().message);
    request.headers.push_back("Slipway-Signature: " + signature(*key, timestamp, request.body));
    secrets.insert(secrets.begin(), *key);
  }
  return sent(request, secrets);
}

Outcome Notifier::run_command(const core::Notify& letter) const {
  if (letter.channel.command.empty()) return Outcome::failed("its command is empty");
  auto user = os::to_become(settings_.user);
  if (!user) return Outcome::unavailable(user.error().message);
  const char* path = std::getenv("PATH");
  os::Command command;
  command.argv = letter.channel.command;
  command.env = {{"PATH", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"},
                 {"HOME", *user ? (*user)->home : os::current_user().home},
                 {"SLIPWAY_ID", letter.id},
                 {"SLIPWAY_EVENT", std::string(core::name(letter.notice.kind))}};
  command.user = *user;
  command.input = json_text(facts(letter)) + "\n";
  command.timeout = settings_.command;
  const auto finished = os::run(command);
  if (!finished) {
    const bool vain = finished.error().kind == ErrorKind::not_found;
    return vain ? Outcome::failed(finished.error().message) : Outcome::unavailable(finished.error().message);
  }
  if (finished->ok()) return {};
  const std::string said = finished->last_line(200);
  return Outcome::unavailable(said.empty() ? "it " + finished->text()
                                           : fmt::format("it {}: {}", finished->text(), said));
}

}  // namespace slipway::drivers
