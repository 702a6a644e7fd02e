#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace slipway {

enum class LogLevel { debug, info, warning, error, none };  // none: to set_log_level alone

// One line to standard error: "2026-11-23T10:44:24.123Z warning …". Safe from every thread.
void log_line(LogLevel level, std::string_view line);
void set_log_level(LogLevel least);

template <class... Args>
void log_debug(fmt::format_string<Args...> f, Args&&... args) {
  log_line(LogLevel::debug, fmt::format(f, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> f, Args&&... args) {
  log_line(LogLevel::info, fmt::format(f, std::forward<Args>(args)...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> f, Args&&... args) {
  log_line(LogLevel::warning, fmt::format(f, std::forward<Args>(args)...));
}
template <class... Args>
void log_error(fmt::format_string<Args...> f, Args&&... args) {
  log_line(LogLevel::error, fmt::format(f, std::forward<Args>(args)...));
}

}  // namespace slipway
