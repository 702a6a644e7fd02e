#include "drivers/notify/slack.h"

#include <string>
#include <vector>

#include "core/notice_text.h"

namespace slipway::drivers {
namespace {

constexpr std::size_t most_blocks = 50;
constexpr std::size_t longest_header = 150;
constexpr std::size_t longest_text = 3000;
constexpr std::size_t longest_value = 100;  // what is longer reads badly in half a column
constexpr std::size_t most_fields = 10;

// At most `limit` bytes, and no half of a character, of an entity or of a link.
std::string shortened(std::string_view text, std::size_t limit) {
  constexpr std::string_view dots = "…";
  if (text.size() <= limit) return std::string(text);
  std::size_t end = limit - dots.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text = text.substr(0, end);
  for (const auto& [open, close] : {std::pair{'&', ';'}, std::pair{'<', '>'}}) {
    const std::size_t begun = text.rfind(open);
    if (begun != std::string_view::npos && text.find(close, begun) == std::string_view::npos)
      text = text.substr(0, begun);
  }
  return std::string(text) + std::string(dots);
}

std::string_view without_space_at_end(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t\r");
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

// "[text](https://…)", at its beginning: how long it is, and what Slack writes for it.
struct Link {
  std::size_t size = 0;
  std::string text;
};
Link link_at(std::string_view text) {
  const std::size_t middle = text.find("](");
  const std::size_t end = middle == std::string_view::npos ? middle : text.find(')', middle);
  if (end == std::string_view::npos) return {};
  const std::string_view shown = text.substr(1, middle - 1);
  const std::string_view url = text.substr(middle + 2, end - middle - 2);
  if (!url.starts_with("https://") && !url.starts_with("http://")) return {};
  if (shown.find_first_of("[|<>") != std::string_view::npos ||
      url.find_first_of(" |<>") != std::string_view::npos)
    return {};
  return {end + 1, shown == url ? fmt::format("<{}>", url) : fmt::format("<{}|{}>", url, shown)};
}

// Markdown as Slack has it.
std::string mrkdwn(std::string_view line) {
  std::string slack;
  if (line.starts_with("- ")) {
    slack = "• ";
    line.remove_prefix(2);
  }
  const std::size_t level = line.find_first_not_of('#');
  if (level != std::string_view::npos && level > 0 && line[level] == ' ')
    return fmt::format("*{}*", line.substr(level + 1));
  while (!line.empty()) {
    if (line.starts_with("**")) {
      slack += '*';
      line.remove_prefix(2);
      continue;
    }
    const Link link = line.front() == '[' ? link_at(line) : Link{};
    slack += link.size > 0 ? link.text : std::string(1, line.front());
    line.remove_prefix(link.size > 0 ? link.size : 1);
  }
  return slack;
}

// Verbatim: an "@channel" in the message of a commit calls nobody.
Json text_object(const std::string& text) {
  return {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}};
}

// "**Name**: value" as a field; empty: it is none.
std::string field(std::string_view line) {
  if (!line.starts_with("**")) return {};
  const std::size_t end = line.find("**: ", 2);
  if (end == std::string_view::npos) return {};
  const std::string_view name = line.substr(2, end - 2);
  const std::string_view value = line.substr(end + 4);
  if (name.empty() || name.size() > longest_value || value.empty() || value.size() > longest_value) return {};
  return fmt::format("*{}*\n{}", name, mrkdwn(value));
}

class Blocks {
 public:
  void header(std::string_view title) {
    add({{"type", "header"},
         {"text", {{"type", "plain_text"}, {"text", shortened(title, longest_header)}, {"emoji", true}}}});
  }
  void line(std::string_view line) {
    if (const std::string field_text = field(line); !field_text.empty()) {
      end_text();
      fields_.push_back(text_object(field_text));
      if (fields_.size() == most_fields) end_fields();
      return;
    }
    end_fields();
    const std::string more = shortened(mrkdwn(line), longest_text);
    if (text_.size() + 1 + more.size() > longest_text) end_text();
    if (!text_.empty()) text_ += '\n';
    text_ += more;
  }
  // The last block is always there, whatever had to go.
  Json end(const std::string& context) {
    end_fields();
    end_text();
    if (blocks_.size() >= most_blocks) {
      blocks_.erase(blocks_.begin() + most_blocks - 2, blocks_.end());
      blocks_.push_back({{"type", "section"}, {"text", text_object("…")}});
    }
    blocks_.push_back(
        {{"type", "context"}, {"elements", Json::array({text_object(shortened(context, longest_text))})}});
    return std::move(blocks_);
  }

 private:
  void add(Json block) { blocks_.push_back(std::move(block)); }
  void end_fields() {
    if (fields_.empty()) return;
    add({{"type", "section"}, {"fields", std::move(fields_)}});
    fields_ = Json::array();
  }
  void end_text() {
    while (text_.ends_with('\n')) text_.pop_back();
    if (!text_.empty()) add({{"type", "section"}, {"text", text_object(text_)}});
    text_.clear();
  }
  Json blocks_ = Json::array();
  Json fields_ = Json::array();
  std::string text_;
};

std::string fallback(const core::Notice& notice) {
  std::string line = fmt::format("{}/{}: {}: {}", notice.service, notice.environment,
                                 core::title(notice.kind), notice.version);
  if (!notice.cause.empty()) line += ": " + notice.cause;
  return shortened(core::slack_escaped(line), longest_text);
}

}  // namespace

Json slack_message(const core::Notice& notice, std::string_view words) {
  Blocks blocks;
  bool first = true;
  while (!words.empty()) {
    const std::size_t end = words.find('\n');
    const std::string_view line = without_space_at_end(words.substr(0, end));
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
    if (first && line.empty()) continue;
    if (first && line.starts_with("# ") && line.size() > 2)
      blocks.header(line.substr(2));
    else
      blocks.line(line);
    first = false;
  }
  const std::string context =
      fmt::format("{}/{}  ·  deployment {}  ·  {}", notice.service, notice.environment, notice.deployment,
                  core::to_the_minute(notice.at));
  return {{"text", fallback(notice)}, {"blocks", blocks.end(core::slack_escaped(context))}};
}

}  // namespace slipway::drivers
