#include "config/notifications.h"

#include <fmt/format.h>

#include "base/placeholder.h"
#include "config/choice.h"
#include "config/command.h"
#include "config/names.h"
#include "config/variables.h"
#include "core/notice_text.h"

namespace slipway::config {
namespace {

using core::Channel;
using core::NoticeKind;

constexpr std::size_t most_channels = 20;

const std::vector<std::pair<std::string, NoticeKind>>& kinds() {
  static const auto all = [] {
    using enum NoticeKind;
    std::vector<std::pair<std::string, NoticeKind>> named;
    for (const NoticeKind kind : {started, completed, failed, rolled_back, approval_needed, checklist_failed,
                                  stuck, alert, override_})
      named.emplace_back(core::name(kind), kind);
    return named;
  }();
  return all;
}

std::set<NoticeKind> read_on(const Field& field, Problems& problems) {
  std::set<NoticeKind> on;
  const bool empty = field.value->kind == Node::Kind::nothing ||
                     (field.value->kind == Node::Kind::list && field.value->items.empty());
  if (empty)
    problems.report(field.key_place, "on is empty, so nobody would be told anything",
                    "write what is told, such as [started, completed, failed], or leave it out for all");
  for (const Field& item : read_list(field, problems)) {
    const auto kind = read_choice<NoticeKind>(item, kinds(), "something that is told", problems);
    if (kind && !on.insert(*kind).second)
      problems.report(item.place(), fmt::format("on: {} is there already", item.value->text), "remove it");
  }
  return on;
}

core::EnvironmentValue read_address(const Field& field, Problems& problems) {
  if (field.value->kind != Node::Kind::scalar)
    return read_value(field, "notifications." + field.key, problems).value_or(core::EnvironmentValue());
  auto url = read_web_address(field, problems);
  if (!url) return {};
  for (const TextPiece& piece : pieces_of(*url))
    if (piece.kind == TextPiece::Kind::reference || piece.kind == TextPiece::Kind::malformed) {
      problems.report(field.place(), fmt::format("{}: nothing is put in for ${{…}} here", field.key),
                      "write the address, or {secret: NAME}");
      return {};
    }
  return *std::move(url);
}

std::map<NoticeKind, std::string> read_templates(const Field& field, const std::set<NoticeKind>& on,
                                                 Problems& problems) {
  std::map<NoticeKind, std::string> templates;
  Keys keys;
  for (const auto& [word, kind] : kinds()) keys.known.push_back(word);
  const auto section = Section::open(field, "notifications.templates", keys, problems);
  if (!section) return templates;
  for (const auto& [word, kind] : kinds()) {
    const auto found = section->find(word);
    if (!found) continue;
    if (!on.contains(kind))
      problems.report(found->key_place, fmt::format("templates: {} is not told here", word),
                      fmt::format("add {} to on, or remove the template", word));
    auto text = read_text(*found, problems);
    if (!text) continue;
    if (const Status right = core::check_template(text->text); !right)
      problems.report(text->place, fmt::format("{}: {}", word, right.error().message),
                      "templates are Mustache, such as {{environment}}: {{version}}");
    templates[kind] = std::move(text->text);
  }
  return templates;
}

// What says where it goes; nothing where there isn't exactly one.
std::optional<Field> read_kind(const Section& section, Channel& channel, Problems& problems) {
  std::optional<Field> found;
  for (const auto& [key, kind] : {std::pair{"slack", Channel::Kind::slack},
                                  {"webhook", Channel::Kind::webhook},
                                  {"command", Channel::Kind::command}}) {
    const auto field = section.find(key);
    if (!field) continue;
    if (found) {
      problems.report(field->key_place, fmt::format("a notification goes one way: {} or {}", found->key, key),
                      "remove one, or write two notifications");
      return std::nullopt;
    }
    found = field;
    channel.kind = kind;
  }
  if (!found)
    problems.report(section.place(), "a notification needs somewhere to go",
                    "add slack: {secret: NAME}, webhook: URL or command: [program]");
  return found;
}

Channel read_channel(const Field& item, Problems& problems) {
  Channel channel;
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a notification must hold keys and their values",
                    "write it as {slack: {secret: SLACK_WEBHOOK_URL}, on: [failed]}");
    return channel;
  }
  const auto section = Section::open(
      item, "notifications", {{"slack", "webhook", "command", "on", "templates", "signing"}}, problems);
  if (!section) return channel;
  const auto kind = read_kind(*section, channel, problems);
  if (kind && channel.kind == Channel::Kind::command)
    channel.command = read_plain_command(*kind, "a notification's command",
                                         "it finds all facts as JSON on its standard input", problems);
  else if (kind)
    channel.url = read_address(*kind, problems);
  if (const auto on = section->find("on"))
    channel.on = read_on(*on, problems);
  else
    for (const auto& [word, each] : kinds()) channel.on.insert(each);
  if (const auto templates = section->find("templates"))
    channel.templates = read_templates(*templates, channel.on, problems);
  if (const auto signing = section->find("signing")) {
    if (kind && channel.kind != Channel::Kind::webhook)
      problems.report(signing->key_place, fmt::format("signing is of a webhook, not of {}", kind->key),
                      "remove it");
    channel.signing = read_secret_value(*signing, "notifications.signing", problems);
  }
  return channel;
}

}  // namespace

std::vector<Channel> read_notifications(const Field& field, Problems& problems) {
  std::vector<Channel> channels;
  if (field.value->items.size() > most_channels) {
    problems.report(field.key_place, fmt::format("there are {} notifications", field.value->items.size()),
                    fmt::format("{} is the most", most_channels));
    return channels;
  }
  for (const Field& item : read_list(field, problems)) channels.push_back(read_channel(item, problems));
  return channels;
}

}  // namespace slipway::config
