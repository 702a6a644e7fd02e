#include "sim/plan.h"

#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <optional>
#include <sstream>

#include "base/text.h"

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;

struct Name {
  Kind kind;
  std::string_view name;
};
constexpr std::array names{Name{Kind::deploy, "deploy"},
                           Name{Kind::deploy_end_bake, "deploy-end-bake"},
                           Name{Kind::rollback, "rollback"},
                           Name{Kind::rollback_to, "rollback-to"},
                           Name{Kind::rollback_force, "rollback-force"},
                           Name{Kind::abort, "abort"},
                           Name{Kind::promote, "promote"},
                           Name{Kind::pause, "pause"},
                           Name{Kind::resume, "resume"},
                           Name{Kind::deploy_waiting, "deploy-waiting"},
                           Name{Kind::deploy_later, "deploy-later"},
                           Name{Kind::approve, "approve"},
                           Name{Kind::decline, "decline"},
                           Name{Kind::attest, "attest"},
                           Name{Kind::override_check, "override-check"},
                           Name{Kind::freeze, "freeze"},
                           Name{Kind::unfreeze, "unfreeze"},
                           Name{Kind::emergency, "emergency"},
                           Name{Kind::checks_unavailable, "checks-unavailable"},
                           Name{Kind::receiver_down, "receiver-down"},
                           Name{Kind::receiver_slow, "receiver-slow"},
                           Name{Kind::receiver_busy, "receiver-busy"},
                           Name{Kind::receiver_refuses, "receiver-refuses"},
                           Name{Kind::fails_check, "fails-check"},
                           Name{Kind::proxy_unavailable, "proxy-unavailable"},
                           Name{Kind::proxy_lost, "proxy-lost"},
                           Name{Kind::proxy_slow, "proxy-slow"},
                           Name{Kind::proxy_half, "proxy-half"},
                           Name{Kind::proxy_late, "proxy-late"},
                           Name{Kind::proxy_refuses, "proxy-refuses"},
                           Name{Kind::proxy_deaf, "proxy-deaf"},
                           Name{Kind::reload_half, "reload-half"},
                           Name{Kind::checks_hang, "checks-hang"},
                           Name{Kind::shunned, "shunned"},
                           Name{Kind::renewals_fail, "renewals-fail"},
                           Name{Kind::engine_unavailable, "engine-unavailable"},
                           Name{Kind::smoke_unavailable, "smoke-unavailable"},
                           Name{Kind::telemetry_lost, "telemetry-lost"},
                           Name{Kind::journal_full, "journal-full"},
                           Name{Kind::daemon_away, "daemon-away"},
                           Name{Kind::dies_before_append, "dies-before-append"},
                           Name{Kind::dies_after_append, "dies-after-append"},
                           Name{Kind::dies_after_effect, "dies-after-effect"},
                           Name{Kind::dies_before_outcome, "dies-before-outcome"},
                           Name{Kind::dies_while_routing, "dies-while-routing"},
                           Name{Kind::append_fails, "append-fails"},
                           Name{Kind::instance_gone, "instance-gone"},
                           Name{Kind::instance_crashes, "instance-crashes"},
                           Name{Kind::proxy_restarts, "proxy-restarts"},
                           Name{Kind::host_reboots, "host-reboots"},
                           Name{Kind::power_fails, "power-fails"},
                           Name{Kind::tail_lost, "tail-lost"},
                           Name{Kind::clock_jumps, "clock-jumps"},
                           Name{Kind::starts_slowly, "starts-slowly"},
                           Name{Kind::never_healthy, "never-healthy"},
                           Name{Kind::keeps_crashing, "keeps-crashing"},
                           Name{Kind::leaks, "leaks"},
                           Name{Kind::no_such_program, "no-such-program"},
                           Name{Kind::fails_requests, "fails-requests"},
                           Name{Kind::slow_requests, "slow-requests"},
                           Name{Kind::fails_a_few, "fails-a-few"},
                           Name{Kind::fails_at_load, "fails-at-load"},
                           Name{Kind::canary_unheard, "canary-unheard"},
                           Name{Kind::fails_smoke, "fails-smoke"},
                           Name{Kind::holds_requests, "holds-requests"}};

std::optional<Kind> kind_of(std::string_view word) {
  for (const Name& name : names)
    if (name.name == word) return name.kind;
  return std::nullopt;
}

// "at=1200": the value, where the word begins so.
std::optional<std::string_view> value_of(std::string_view word, std::string_view key) {
  if (word.size() <= key.size() || !word.starts_with(key) || word[key.size()] != '=') return std::nullopt;
  return word.substr(key.size() + 1);
}

std::string describe_steps(const Place& place) {
  std::vector<std::string> steps;
  for (const core::CanaryStep& step : place.steps)
    steps.push_back(fmt::format("{}:{}{}", step.weight, step.hold.count(), step.early ? ":early" : ""));
  return fmt::format("{}", fmt::join(steps, ","));
}

bool read_steps(std::string_view text, Place& place) {
  place.steps.clear();
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    std::string_view step = text.substr(0, comma);
    constexpr std::string_view suffix = ":early";
    const bool early = step.ends_with(suffix);
    if (early) step.remove_suffix(suffix.size());
    const auto colon = step.find(':');
    if (colon == std::string_view::npos) return false;
    const auto weight = whole_number<std::int64_t>(step.substr(0, colon));
    const auto hold = whole_number<std::int64_t>(step.substr(colon + 1));
    if (!weight || !hold) return false;
    place.steps.push_back({static_cast<int>(*weight), Duration(*hold), early});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return !place.steps.empty();
}

bool read_place(const std::vector<std::string>& words, Place& place) {
  const auto target = core::parse_target(words[0]);
  if (!target) return false;
  place.target = *target;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (const auto steps = value_of(words[i], "steps")) {
      if (!read_steps(*steps, place)) return false;
      continue;
    }
    const auto read = [&](std::string_view key) -> std::optional<std::int64_t> {
      const auto value = value_of(words[i], key);
      return value ? whole_number<std::int64_t>(*value) : std::nullopt;
    };
    if (const auto n = read("instances"))
      place.instances = static_cast<int>(*n);
    else if (const auto undecided = read("undecided"); undecided && *undecided >= 0 && *undecided <= 2)
      place.undecided = static_cast<core::Undecided>(*undecided);
    else if (const auto bake = read("bake"))
      place.bake = Duration(*bake);
    else if (const auto lease = read("lease"))
      place.lease = Duration(*lease);
    else if (const auto grace = read("grace"))
      place.grace = Duration(*grace);
    else if (const auto progress = read("progress"))
      place.progress = Duration(*progress);
    else if (const auto drain = read("drain"))
      place.drain = Duration(*drain);
    else if (const auto judged = read("judged"))
      place.judged = *judged != 0;
    else if (const auto sequential = read("sequential"))
      place.sequential = *sequential != 0;
    else if (const auto smoke = read("smoke"))
      place.smoke = static_cast<int>(*smoke);
    else if (const auto users = read("users"))
      place.users = static_cast<int>(*users);
    else
      return false;
  }
  return true;
}

bool read_entry(const std::vector<std::string>& words, Entry& entry) {
  const auto kind = kind_of(words[0]);
  if (!kind) return false;
  entry.kind = *kind;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto read = [&](std::string_view key) -> std::optional<std::int64_t> {
      const auto value = value_of(words[i], key);
      return value ? whole_number<std::int64_t>(*value) : std::nullopt;
    };
    if (const auto at = read("at"))
      entry.at = Duration(*at);
    else if (const auto place = read("place"))
      entry.place = static_cast<int>(*place);
    else if (const auto lasts = read("lasts"))
      entry.lasts = Duration(*lasts);
    else if (const auto number = read("number"))
      entry.number = *number;
    else
      return false;
  }
  return true;
}

bool read_line(std::vector<std::string> words, Plan& plan) {
  if (words.size() == 2 && words[0] == "seed") {
    const auto [end, error] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), plan.seed);
    return error == std::errc() && end == words[1].data() + words[1].size();
  }
  if (words.size() == 2 && words[0] == "heals") {
    const auto at = whole_number<std::int64_t>(words[1]);
    if (at) plan.heals = Duration(*at);
    return at.has_value();
  }
  if (words.size() >= 2 && words[0] == "target") {
    words.erase(words.begin());
    return read_place(words, plan.places.emplace_back());
  }
  if (words.size() >= 2 && words[0] == "gate" && !plan.places.empty()) {
    words.erase(words.begin());
    return read_gate(words, plan.places.back().gate);
  }
  if (words.size() == 1 && words[0] == "apart") return plan.apart = true;
  return read_entry(words, plan.entries.emplace_back());
}

}  // namespace

std::string_view name(Kind kind) {
  for (const Name& name : names)
    if (name.kind == kind) return name.name;
  return "";
}

std::string describe(const Plan& plan) {
  std::string text = fmt::format("seed {}\nheals {}\n", plan.seed, plan.heals.count());
  if (plan.apart) text += "apart\n";
  for (const Place& place : plan.places) {
    text += fmt::format(
        "target {} instances={} steps={} undecided={} bake={} lease={} grace={} progress={} drain={} "
        "judged={} sequential={} "
        "smoke={} users={}\n",
        place.target.text(), place.instances, describe_steps(place), static_cast<int>(place.undecided),
        place.bake.count(), place.lease.count(), place.grace.count(), place.progress.count(),
        place.drain.count(), place.judged ? 1 : 0, place.sequential ? 1 : 0, place.smoke, place.users);
    if (place.gate != Gate{}) text += describe(place.gate) + "\n";
  }
  for (const Entry& entry : plan.entries) {
    text += fmt::format("{} at={} place={}", name(entry.kind), entry.at.count(), entry.place);
    if (entry.lasts != Duration::zero()) text += fmt::format(" lasts={}", entry.lasts.count());
    if (entry.number != 0) text += fmt::format(" number={}", entry.number);
    text += "\n";
  }
  return text;
}

Result<Plan> parse_plan(std::string_view text) {
  Plan plan;
  std::istringstream lines{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(std::move(word));
    if (words.empty() || words[0].starts_with('#')) continue;
    if (!read_line(words, plan))
      return fail(ErrorKind::invalid_input, "line {} of the plan can't be read: {}", number, line);
  }
  for (const Entry& entry : plan.entries)
    if (entry.place < 0 || entry.place >= static_cast<int>(plan.places.size()))
      return fail(ErrorKind::invalid_input, "the plan has no target {}: {} has {}", entry.place,
                  name(entry.kind), plan.places.size());
  return plan;
}

}  // namespace slipway::sim
