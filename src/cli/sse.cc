#include "cli/sse.h"

namespace slipway::cli {

void EventReader::feed(std::string_view piece) {
  rest_ += piece;
  std::size_t begin = 0;
  for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    std::string_view one = std::string_view(rest_).substr(begin, end - begin);
    if (one.ends_with('\r')) one.remove_suffix(1);
    line(one);
    begin = end + 1;
  }
  rest_.erase(0, begin);
}

void EventReader::line(std::string_view line) {
  if (line.empty()) {
    if (!event_.data.empty()) on_event_(event_);
    event_ = {};
    return;
  }
  const auto colon = line.find(':');
  if (colon == 0) return;  // a comment
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") event_.id = value;
  if (field == "event") event_.event = value;
  if (field == "data") {
    if (!event_.data.empty()) event_.data += '\n';
    event_.data += value;
  }
}

}  // namespace slipway::cli
