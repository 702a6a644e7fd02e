#pragma once

#include <string_view>

#include "base/json.h"
#include "core/notice.h"

namespace slipway::drivers {

// The body for one of Slack's incoming webhooks: blocks, and a line of text for where blocks aren't shown.
// `words` is Markdown with & < > escaped, as core::words() writes it for Slack: a first "# title" becomes the
// header, lines of the form "**Name**: a short value" become fields, all else is text. Within Slack's limits
// (docs.slack.dev/reference/block-kit/blocks), in bytes, which are never fewer than Slack's characters: 50
// blocks, 150 in a header, 3000 in a section's text, 10 fields of 2000. What doesn't fit is cut off with "…".
Json slack_message(const core::Notice& notice, std::string_view words);

}  // namespace slipway::drivers
