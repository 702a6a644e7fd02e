#include "core/notice_text.h"

#include <algorithm>
#include <array>
#include <exception>
#include <kainjow/mustache.hpp>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "core/effect.h"

namespace slipway::core {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t most_changes = 20;

const std::array<std::string, 19>& variables() {
  static const std::array<std::string, 19> names{
      "kind",          "title",   "status", "action", "service", "environment", "deployment", "version",
      "previous",      "by",      "reason", "at",     "started", "expected",    "took",       "cause",
      "rollback_plan", "changes", "url"};
  return names;
}

std::string_view status(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::started:
      return "🚀 Started";
    case NoticeKind::completed:
      return "✅ Success";
    case NoticeKind::failed:
      return "❌ Failed";
    case NoticeKind::rolled_back:
      return "↩️ Rolled back";
    case NoticeKind::approval_needed:
      return "⏳ Waiting for approval";
    case NoticeKind::checklist_failed:
      return "❌ Not started";
    case NoticeKind::stuck:
      return "🆘 Stuck";
    case NoticeKind::alert:
      return "🔔 Firing";
    case NoticeKind::override_:
      return "⚠️ A gate was set aside";
  }
  return "";
}

// What was done or is to be done about it; empty: nothing.
std::string action(const Notice& notice) {
  const std::string target = notice.service + "/" + notice.environment;
  switch (notice.kind) {
    case NoticeKind::started:
    case NoticeKind::completed:
    case NoticeKind::override_:
      return "";
    case NoticeKind::failed:
      if (notice.previous.empty()) return "None: there is no earlier release to go back to";
      return fmt::format("Taken back: every user is on {}", notice.previous);
    case NoticeKind::rolled_back:
      return fmt::format("Rolled back: every user is on {}", notice.previous);
    case NoticeKind::approval_needed:
      return fmt::format("slipway approve {}", target);
    case NoticeKind::checklist_failed:
      return "Nothing was changed; mend what failed and deploy again";
    case NoticeKind::stuck:
      return fmt::format("Users stay where they are while it is tried again; see slipway status {}", target);
    case NoticeKind::alert:
      return fmt::format("See slipway status {}", target);
  }
  return "";
}

std::string written(std::string_view fact, Escaping escaping) {
  switch (escaping) {
    case Escaping::none:
      break;
    case Escaping::slack:
      return slack_escaped(fact);
  }
  return std::string(fact);
}

// The facts as Mustache wants them. What is empty is false, so that {{#reason}} asks whether there is one.
class Facts {
 public:
  explicit Facts(Escaping escaping) : escaping_(escaping) {}
  void set(std::string_view name, std::string_view fact) {
    data_.set(std::string(name), fact.empty() ? mustache::data(false) : value(fact));
  }
  void set(std::string_view name, const std::vector<std::string>& lines) {
    mustache::data list(mustache::data::type::list);
    for (const std::string& line : first_changes(lines, most_changes)) list.push_back(value(line));
    data_.set(std::string(name), list);
  }
  const mustache::data& data() const { return data_; }

 private:
  mustache::data value(std::string_view fact) const { return mustache::data(written(fact, escaping_)); }
  Escaping escaping_;
  mustache::data data_;
};

Facts facts(const Notice& notice, Escaping escaping) {
  Facts facts(escaping);
  facts.set("kind", name(notice.kind));
  facts.set("title", title(notice.kind));
  facts.set("status", status(notice.kind));
  facts.set("action", action(notice));
  facts.set("service", notice.service);
  facts.set("environment", notice.environment);
  facts.set("deployment", std::to_string(notice.deployment));
  facts.set("version", notice.version);
  facts.set("previous", notice.previous);
  facts.set("by", notice.by);
  facts.set("reason", notice.reason);
  facts.set("at", to_the_minute(notice.at));
  facts.set("started", to_the_minute(notice.started));
  facts.set("expected", notice.expected == Duration::zero() ? "no holds" : format_duration(notice.expected));
  facts.set("took", notice.took ? format_duration(*notice.took) : "");
  facts.set("cause", notice.cause);
  facts.set("rollback_plan", notice.rollback_plan);
  facts.set("changes", notice.changes);
  facts.set("url", notice.url);
  return facts;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

// A tag's inside, such as "#changes".
Status check_tag(std::string_view inside) {
  inside = trimmed(inside);
  const char sign = inside.empty() ? ' ' : inside.front();
  if (sign == '!') return {};
  if (sign == '=')
    return fail(ErrorKind::invalid_input, "it changes the delimiters with {{{{=, which Slipway doesn't take");
  if (sign == '>')
    return fail(ErrorKind::invalid_input, "it includes \"{}\": there are no partials",
                trimmed(inside.substr(1)));
  if (std::string_view("#^/&{").find(sign) != std::string_view::npos) inside = trimmed(inside.substr(1));
  if (inside == ".") return {};
  if (std::ranges::find(variables(), inside) != variables().end()) return {};
  const auto meant = nearest(inside, variables());
  return fail(ErrorKind::invalid_input, "it has no variable \"{}\"{}", inside,
              meant ? fmt::format("; did you mean \"{}\"?", *meant) : "");
}

Result<mustache::mustache> parsed(std::string_view text) {
  try {
    mustache::mustache parsed{std::string(text)};
    if (!parsed.is_valid())
      return fail(ErrorKind::invalid_input, "it isn't Mustache: {}", parsed.error_message());
    parsed.set_custom_escape([](const std::string& fact) { return fact; });  // facts were escaped before
    return parsed;
  } catch (const std::exception& e) {
    return fail(ErrorKind::invalid_input, "it isn't Mustache: {}", e.what());
  }
}

}  // namespace

std::string_view title(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::started:
      return "Deployment Started";
    case NoticeKind::completed:
      return "Deployment Completed";
    case NoticeKind::failed:
      return "Deployment Failed";
    case NoticeKind::rolled_back:
      return "Deployment Rolled Back";
    case NoticeKind::approval_needed:
      return "Approval Needed";
    case NoticeKind::checklist_failed:
      return "Checklist Failed";
    case NoticeKind::stuck:
      return "Deployment Stuck";
    case NoticeKind::alert:
      return "Deployment Alert";
    case NoticeKind::override_:
      return "Gate Overridden";
  }
  return "";
}

Status check_template(std::string_view text) {
  if (trimmed(text).empty()) return fail(ErrorKind::invalid_input, "it is empty");
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    at += 2;
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos)
      return fail(ErrorKind::invalid_input, "it has a {{{{ without its }}}}");
    TRY_VOID(check_tag(text.substr(at, end - at)));
    at = end + 2;
  }
  if (auto whole = parsed(text); !whole) return std::unexpected(std::move(whole.error()));
  return {};
}

Result<std::string> render(const Notice& notice, std::string_view text, Escaping escaping) {
  TRY_VOID(check_template(text));
  TRY(mustache::mustache whole, parsed(text));
  try {
    return whole.render(facts(notice, escaping).data());
  } catch (const std::exception& e) {
    return fail(ErrorKind::invalid_input, "it can't be rendered: {}", e.what());
  }
}

std::string words(const Channel& channel, const Notice& notice, Escaping escaping) {
  if (const auto own = channel.templates.find(notice.kind); own != channel.templates.end())
    if (auto text = render(notice, own->second, escaping)) return *std::move(text);
  auto text = render(notice, default_template(notice.kind), escaping);
  CHECK(text.has_value());
  return *std::move(text);
}

std::string slack_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&')
      escaped += "&amp;";
    else if (c == '<')
      escaped += "&lt;";
    else if (c == '>')
      escaped += "&gt;";
    else
      escaped += c;
  }
  return escaped;
}

std::string to_the_minute(Time time) {
  const std::string precise = format_time(time);  // 2026-11-23T10:44:24Z
  return precise.substr(0, 10) + " " + precise.substr(11, 5) + " UTC";
}

}  // namespace slipway::core
