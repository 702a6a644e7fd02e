#include "config/listen.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace slipway::config {

bool Listen::overlaps(const Listen& other) const {
  if (port != other.port) return false;
  // [::] takes IPv4's connections too.
  if (address == "::" || other.address == "::") return true;
  if (family != other.family) return false;
  return address == other.address || address == "0.0.0.0" || other.address == "0.0.0.0";
}

bool Listen::loopback() const {
  return family == Family::v4 ? address.starts_with("127.") : address == "::1";
}

std::optional<Listen> parse_listen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string address = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);

  Listen listen;
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (error != std::errc() || stop != port.data() + port.size() || port.starts_with('0')) return std::nullopt;
  if (listen.port < 1 || listen.port > 65535) return std::nullopt;

  int family = AF_INET;
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
    family = AF_INET6;
    listen.family = Listen::Family::v6;
  }
  in6_addr raw{};
  std::array<char, INET6_ADDRSTRLEN> printed{};
  if (address.find('\0') != std::string::npos || inet_pton(family, address.c_str(), &raw) != 1)
    return std::nullopt;
  if (inet_ntop(family, &raw, printed.data(), printed.size()) == nullptr) return std::nullopt;
  listen.address = printed.data();
  return listen;
}

}  // namespace slipway::config
