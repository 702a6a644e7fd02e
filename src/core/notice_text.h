#pragma once

#include <string>
#include <string_view>

#include "core/notice.h"

// A notice in words: Mustache over its facts. The variables are those of docs/notifications.md.
namespace slipway::core {

// What stands at the head of a notice: "Deployment Rolled Back".
std::string_view title(NoticeKind kind);

// Slipway's own, as Markdown.
std::string_view default_template(NoticeKind kind);

// Whether a template can be rendered. invalid_input is a phrase of what is wrong: tags that don't close,
// variables that there are not, nothing at all.
Status check_template(std::string_view text);

// How a fact is written so that it means nothing but itself where it is shown.
enum class Escaping {
  none,
  slack,  // & < >; so nobody is called by <!channel> in an error's text
};

// The template with the facts in it. Facts are escaped, the template's own text isn't. invalid_input as
// check_template().
Result<std::string> render(const Notice& notice, std::string_view text, Escaping escaping = Escaping::none);

// What a channel is told: its template for this kind, or Slipway's own where it has none or where that can't
// be rendered.
std::string words(const Channel& channel, const Notice& notice, Escaping escaping = Escaping::none);

// & < > as &amp; &lt; &gt;
std::string slack_escaped(std::string_view text);

// "2024-01-15 14:00 UTC"
std::string to_the_minute(Time time);

}  // namespace slipway::core
