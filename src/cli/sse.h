#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace slipway::cli {

struct ServerEvent {
  std::string id, event, data;
};

// Server-sent events out of pieces of a stream, wherever those are cut.
class EventReader {
 public:
  explicit EventReader(std::function<void(const ServerEvent&)> on_event) : on_event_(std::move(on_event)) {}
  void feed(std::string_view piece);

 private:
  void line(std::string_view line);
  std::function<void(const ServerEvent&)> on_event_;
  std::string rest_;
  ServerEvent event_;
};

}  // namespace slipway::cli
