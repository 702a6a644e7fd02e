#include "scenario/requests.h"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

#include "base/check.h"

namespace slipway::scenario {
namespace {

using namespace core;

std::vector<std::string> parts(const std::string& text, char between) {
  std::istringstream stream(text);
  std::vector<std::string> all;
  for (std::string part; std::getline(stream, part, between);) all.push_back(part);
  return all;
}

std::string digest(char letter) {
  return std::string(64, letter);
}

struct Span {
  Time from{}, to{};
};

Span span(const std::string& text, Time begin) {
  const std::size_t dots = text.find("..");
  CHECK(dots != std::string::npos);
  return {begin + duration(text.substr(0, dots)), begin + duration(text.substr(dots + 2))};
}

void read_open(const std::string& value, Time begin, calendar::Slots& slots) {
  const std::vector<std::string> words = parts(value, ':');
  const Span open = span(words[0], begin);
  slots.restricted = true;
  slots.rule = "deploys in its windows";
  slots.open.push_back({open.from, open.to, std::nullopt});
  for (const std::string& word : words)
    if (word.starts_with("longest=")) slots.open.back().longest = duration(word.substr(8));
}

void read_closed(const std::string& value, Time begin, calendar::Slots& slots) {
  const std::size_t colon = value.find(':');
  const Span closed = span(value.substr(0, colon), begin);
  slots.closed.push_back({closed.from, closed.to, value.substr(colon + 1)});
}

void read_steps(const std::string& value, Strategy& strategy) {
  strategy.steps.clear();
  for (std::string step : parts(value, ',')) {
    const bool early = step.ends_with("!");
    if (early) step.pop_back();
    const std::size_t colon = step.find(':');
    const Duration hold = colon == std::string::npos ? Duration::zero() : duration(step.substr(colon + 1));
    strategy.steps.push_back({std::stoi(step.substr(0, colon)), hold, early});
  }
}

void read_check(const std::string& value, Gates& gates) {
  const std::vector<std::string> words = parts(value, ':');
  Check check{.name = words[0], .kind = Check::Kind::run, .command = {"./" + words[0]}};
  for (const std::string& word : words) {
    if (word == "attest") check.kind = Check::Kind::attest;
    if (word.starts_with("fresh=")) check.fresh_for = duration(word.substr(6));
    if (word.starts_with("timeout=")) check.timeout = duration(word.substr(8));
  }
  gates.checklist.push_back(check);
}

void read_approvals(const std::string& value, Gates& gates) {
  const std::vector<std::string> words = parts(value, ':');
  gates.approvals.needed = std::stoi(words[0]);
  if (words.size() > 1) gates.approvals.expires = duration(words[1]);
  if (words.size() > 2) gates.approvals.then = Approvals::Expired::proceed;
}

void read_channel(const std::string& value, Bound& bound) {
  const std::size_t colon = value.find(':');
  Channel channel{.url = value.substr(0, colon)};
  for (const std::string& word : parts(value.substr(colon + 1), '+'))
    for (int kind = 0; kind <= static_cast<int>(NoticeKind::override_); ++kind)
      if (name(static_cast<NoticeKind>(kind)) == word) channel.on.insert(static_cast<NoticeKind>(kind));
  bound.notifications.push_back(channel);
}

void read_alert(const std::string& value, Bound& bound) {
  const std::vector<std::string> words = parts(value, ':');
  Alert alert{.name = words[0], .above = 10};
  for (const std::string& word : words) {
    if (word == "roll_back") alert.roll_back = true;
    if (word == "command") alert.command = {"./page"};
    if (word == "silent") alert.notify = false;
  }
  bound.alerts.push_back(alert);
}

calendar::Slots nothing_known(Time begin) {
  constexpr Duration day{86'400'000};
  return {.rule = {}, .open = {}, .closed = {}, .from = begin - day, .until = begin + 400 * day};
}

calendar::Turn& turn_of(Request& request) {
  auto& schedule = request.bound.gates.schedule;
  switch (*request.release_class) {
    case calendar::ReleaseClass::major:
      return schedule.major ? *schedule.major : schedule.major.emplace();
    case calendar::ReleaseClass::minor:
      return schedule.minor ? *schedule.minor : schedule.minor.emplace();
    case calendar::ReleaseClass::patch:
      return schedule.patch ? *schedule.patch : schedule.patch.emplace();
    case calendar::ReleaseClass::hotfix:
      break;
  }
  return schedule.hotfix ? *schedule.hotfix : schedule.hotfix.emplace();
}

void read_class(const std::string& value, Request& request) {
  for (const auto each : {calendar::ReleaseClass::major, calendar::ReleaseClass::minor,
                          calendar::ReleaseClass::patch, calendar::ReleaseClass::hotfix})
    if (calendar::name(each) == value) request.release_class = each;
}

using Read = std::function<void(const std::string& value)>;

std::map<std::string, Read> reads_of_strategy(DeployRequested& event) {
  Bound& bound = event.request.bound;
  Strategy& strategy = bound.strategy;
  return {
      {"instances", [&](const std::string& value) { bound.run.instances = std::stoi(value); }},
      {"bake", [&](const std::string& value) { strategy.bake = duration(value); }},
      {"panic", [&](const std::string& value) { bound.run.health.panic = std::stoi(value); }},
      {"grace", [&](const std::string& value) { bound.run.health.grace = duration(value); }},
      {"listen", [&](const std::string& value) { bound.listen = value; }},
      {"preview", [&](const std::string& value) { bound.preview = value; }},
      {"triggers", [&](const std::string&) { bound.rollback_triggers.push_back({.threshold = 50'000}); }},
      {"minimum_bake", [&](const std::string& value) { strategy.judge.minimum_bake = duration(value); }},
      {"compared", [&](const std::string&) { strategy.compared = true; }},
      {"undecided",
       [&](const std::string& value) {
         if (value == "advance") strategy.undecided = Undecided::advance;
         if (value == "roll_back") strategy.undecided = Undecided::roll_back;
       }},
      {"smoke",
       [&](const std::string&) { bound.smoke_tests.push_back({.name = "Health check", .get = "/health"}); }},
      {"--end-bake", [&](const std::string&) { event.end_bake = true; }},
      {"steps", [&](const std::string& value) { read_steps(value, strategy); }},
  };
}

std::map<std::string, Read> reads_of_gates(Request& request, Time begin) {
  Gates& gates = request.bound.gates;
  return {
      {"by", [&](const std::string& value) { request.by = value; }},
      {"digest", [&](const std::string& value) { request.release.digest = digest(value[0]); }},
      {"check", [&](const std::string& value) { read_check(value, gates); }},
      {"override",
       [&](const std::string& value) {
         const std::size_t colon = value.find(':');
         request.overrides[value.substr(0, colon)] = value.substr(colon + 1);
       }},
      {"approvals", [&](const std::string& value) { read_approvals(value, gates); }},
      {"class", [&](const std::string& value) { read_class(value, request); }},
      {"class_approvals", [&](const std::string& value) { turn_of(request).approvals = std::stoi(value); }},
      {"open", [&, begin](const std::string& value) { read_open(value, begin, request.calendar); }},
      {"closed", [&, begin](const std::string& value) { read_closed(value, begin, request.calendar); }},
      {"at",
       [&, begin](const std::string& value) {
         if (value == "next")
           request.wait = true;
         else
           request.not_before = begin + duration(value);
       }},
      {"at_close",
       [&](const std::string& value) {
         gates.at_close = value == "hold" ? AtClose::hold : AtClose::roll_back;
       }},
      {"after", [&](const std::string& value) { gates.after.push_back(value); }},
      {"proof",
       [&, begin](const std::string& value) {
         const std::vector<std::string> words = parts(value, ':');
         request.proofs.push_back({words[0], digest(words.size() > 1 ? words[1][0] : 'd'), 7, begin});
       }},
      {"bakes",
       [&, begin](const std::string& value) {
         request.unproven.push_back({value, Unproven::Why::bakes, 7, begin + Duration(3'600'000)});
       }},
      {"taken_back",
       [&](const std::string& value) {
         request.unproven.push_back(
             {value, Unproven::Why::taken_back, 7, std::nullopt, "rolled back by bob"});
       }},
      {"then", [&](const std::string& value) { gates.then.push_back(value); }},
      {"rollback_within", [&](const std::string& value) { gates.rollback_within = duration(value); }},
      {"notify", [&](const std::string& value) { read_channel(value, request.bound); }},
      {"alert", [&](const std::string& value) { read_alert(value, request.bound); }},
  };
}

}  // namespace

Duration duration(const std::string& text) {
  const auto parsed = parse_duration(text);
  CHECK(parsed.has_value());
  return *parsed;
}

std::string rest(const std::vector<std::string>& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i == from ? "" : " ") + words[i];
  return text;
}

DeployRequested read_deploy(const std::vector<std::string>& words, Time begin) {
  DeployRequested event;
  Request& request = event.request;
  request.by = "alice";
  request.release.version = words[1];
  request.release.digest = digest('d');
  request.bound.listen = "127.0.0.1:8080";
  request.bound.run.instances = 2;
  request.bound.run.health.host = "shop.example.com";
  request.bound.strategy.compared = false;
  request.calendar = nothing_known(begin);
  auto reads = reads_of_strategy(event);
  reads.merge(reads_of_gates(request, begin));
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string key = words[i].substr(0, words[i].find('='));
    const std::string value = words[i].substr(std::min(words[i].size(), key.size() + 1));
    if (const auto read = reads.find(key); read != reads.end()) read->second(value);
  }
  return event;
}

std::optional<Event> read_word_of_a_person(const std::vector<std::string>& words, Time begin) {
  const std::string& verb = words[0];
  const std::string who = words.size() > 1 ? words[1] : "";
  if (verb == "approve") return ApprovalGiven{who, rest(words, 2)};
  if (verb == "decline") return ApprovalDeclined{who, rest(words, 2)};
  if (verb == "attest") {
    Attested event{who, words[2], "seen", ""};
    if (words.size() > 3 && words[3].starts_with("of=")) event.artifact = digest(words[3][3]);
    return event;
  }
  if (verb == "override") return CheckOverridden{who, words[2], rest(words, 3)};
  if (verb == "freeze") {
    const Span frozen = span(words[2], begin);
    return FreezeRequested{who, rest(words, 3), frozen.from, frozen.to};
  }
  if (verb == "unfreeze") return FreezeLifted{who, "", std::stoi(words[2])};
  if (verb == "emergency")
    return EmergencyRequested{
        who, rest(words, 4), begin + duration(words[2]), {.people = std::stoi(words[3])}};
  return std::nullopt;
}

std::optional<Event> read_word_of_the_world(const std::vector<std::string>& words, Time begin,
                                            int deployment) {
  const std::string& verb = words[0];
  if (verb == "fires") return AlertChanged{deployment, words[1], true, std::stod(words[2])};
  if (verb == "ceases") return AlertChanged{deployment, words[1], false, 0};
  if (verb == "offered") return ReleaseOffered{{1, words[1], digest('d')}, words[2]};
  if (verb == "withdrawn")
    return ProofWithdrawn{digest('d'),
                          {words[1], Unproven::Why::taken_back, std::stoi(words[2]), {}, rest(words, 3)}};
  if (verb == "listeners") return ListenersChanged{{words.begin() + 1, words.end()}};
  if (verb != "resolved") return std::nullopt;
  CalendarResolved event{deployment, nothing_known(begin)};
  for (const std::string& word : words)
    if (word.starts_with("open=")) read_open(word.substr(5), begin, event.calendar);
  return event;
}

}  // namespace slipway::scenario
