#include "drivers/traffic/haproxy_names.h"

#include <fmt/format.h>

#include <charconv>

namespace slipway::drivers::haproxy {
namespace {

using core::Pool;
using core::Target;

// Letters, digits and '-' stay; anything else becomes _XX, so that different names stay different.
std::string escaped(std::string_view name) {
  std::string result;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (plain) {
      result += c;
    } else {
      result += fmt::format("_{:02x}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace

std::string frontend_name(const Target& target) {
  return escaped(target.service) + "." + escaped(target.environment);
}

std::string backend_name(const Target& target, Pool pool) {
  return frontend_name(target) + (pool == Pool::a ? ".a" : ".b");
}

std::string onward_name(const Target& target) {
  return frontend_name(target).append(onward_suffix);
}

std::string slot_name(int slot) {
  return "s" + std::to_string(slot);
}

std::optional<int> slot_of(std::string_view name) {
  int slot = 0;
  const char* const end = name.data() + name.size();
  if (!name.starts_with('s')) return std::nullopt;
  const auto [read, error] = std::from_chars(name.data() + 1, end, slot);
  return error == std::errc() && read == end && slot > 0 ? std::optional(slot) : std::nullopt;
}

std::string as_word(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string as_argument(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + '\'';
}

}  // namespace slipway::drivers::haproxy
