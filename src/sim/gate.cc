#include "sim/gate.h"

#include <fmt/ranges.h>

#include "base/text.h"

namespace slipway::sim {
namespace {

constexpr Time base{Duration(1'800'000'000'000)};  // as Scene::wall() begins
constexpr Duration day{86'400'000};

std::string describe_spans(const std::vector<Span>& spans) {
  std::vector<std::string> texts;
  for (const Span& span : spans) texts.push_back(fmt::format("{}-{}", span.from.count(), span.to.count()));
  return fmt::format("{}", fmt::join(texts, ","));
}

bool read_spans(std::string_view text, std::vector<Span>& spans) {
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view span = text.substr(0, comma);
    const auto dash = span.find('-');
    if (dash == std::string_view::npos) return false;
    const auto from = whole_number<std::int64_t>(span.substr(0, dash));
    const auto to = whole_number<std::int64_t>(span.substr(dash + 1));
    if (!from || !to) return false;
    spans.push_back({Duration(*from), Duration(*to)});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return !spans.empty();
}

bool read_number(std::string_view key, std::int64_t number, Gate& gate) {
  if (key == "checks")
    gate.checks = static_cast<int>(number);
  else if (key == "fresh")
    gate.fresh = Duration(number);
  else if (key == "approvals")
    gate.approvals = static_cast<int>(number);
  else if (key == "expires")
    gate.expires = Duration(number);
  else if (key == "proceeds")
    gate.proceeds = number != 0;
  else if (key == "at_close" && number >= 0 && number <= 2)
    gate.at_close = static_cast<core::AtClose>(number);
  else if (key == "after")
    gate.after = number != 0;
  else if (key == "people")
    gate.people = static_cast<int>(number);
  else if (key == "channels")
    gate.channels = static_cast<int>(number);
  else
    return false;
  return true;
}

}  // namespace

std::string describe(const Gate& gate) {
  std::string text = fmt::format(
      "gate checks={} fresh={} approvals={} expires={} proceeds={} at_close={} after={} people={} "
      "channels={}",
      gate.checks, gate.fresh.count(), gate.approvals, gate.expires.count(), gate.proceeds ? 1 : 0,
      static_cast<int>(gate.at_close), gate.after ? 1 : 0, gate.people, gate.channels);
  if (!gate.open.empty()) text += " open=" + describe_spans(gate.open);
  if (!gate.closed.empty()) text += " closed=" + describe_spans(gate.closed);
  return text;
}

bool read_gate(const std::vector<std::string>& words, Gate& gate) {
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return false;
    const std::string_view key = std::string_view(word).substr(0, equals);
    const std::string_view value = std::string_view(word).substr(equals + 1);
    if (key == "open" || key == "closed") {
      if (!read_spans(value, key == "open" ? gate.open : gate.closed)) return false;
      continue;
    }
    const auto number = whole_number<std::int64_t>(value);
    if (!number || !read_number(key, *number, gate)) return false;
  }
  return true;
}

core::Gates gates_of(const Gate& gate) {
  core::Gates gates;
  if (gate.after) gates.after = {"staging"};
  gates.at_close = gate.at_close;
  for (int i = 0; i < gate.checks; ++i) {
    core::Check check{.name = check_name(i)};
    check.kind = i == 2 ? core::Check::Kind::attest : core::Check::Kind::run;
    if (i == 1) check.fresh_for = gate.fresh;
    gates.checklist.push_back(std::move(check));
  }
  gates.approvals.needed = gate.approvals;
  gates.approvals.expires = gate.expires;
  gates.approvals.then = gate.proceeds ? core::Approvals::Expired::proceed : core::Approvals::Expired::abort;
  return gates;
}

calendar::Slots slots_of(const Gate& gate) {
  calendar::Slots slots{.rule = {}, .open = {}, .closed = {}, .from = base - day, .until = base + 400 * day};
  slots.restricted = !gate.open.empty();
  if (slots.restricted) slots.rule = "deploys in its windows";
  for (const Span& span : gate.open) slots.open.push_back({base + span.from, base + span.to, std::nullopt});
  for (const Span& span : gate.closed) slots.closed.push_back({base + span.from, base + span.to, "a sale"});
  return slots;
}

std::vector<core::Channel> channels_of(const Gate& gate) {
  std::vector<core::Channel> channels;
  for (int i = 0; i < gate.channels; ++i) {
    core::Channel channel{.url = std::string(1, static_cast<char>('0' + i))};
    for (int kind = 0; kind <= static_cast<int>(core::NoticeKind::override_); ++kind)
      channel.on.insert(static_cast<core::NoticeKind>(kind));
    // Not everybody wants to hear of everything.
    if (i == 1) channel.on.erase(core::NoticeKind::checklist_failed);
    channels.push_back(std::move(channel));
  }
  return channels;
}

std::string check_name(int index) {
  static constexpr std::string_view names[] = {"tests", "backup", "docs"};
  return std::string(names[index]);
}

int channel_number(const core::Channel& channel) {
  return std::get<std::string>(channel.url).front() - '0';
}

}  // namespace slipway::sim
