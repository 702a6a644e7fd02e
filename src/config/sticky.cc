#include "config/sticky.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>

#include "config/names.h"

namespace slipway::config {
namespace {

constexpr std::size_t longest_key = 100;

std::string read_name(const Field& field, std::string_view kind, std::string_view example,
                      Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return "";
  if (word->text.size() > longest_key) {
    problems.report(word->place,
                    fmt::format("{}: the name of a {} has {} characters", field.key, kind, word->text.size()),
                    fmt::format("{} is the most", longest_key));
    return "";
  }
  if (!is_token(word->text)) {
    problems.report(word->place,
                    fmt::format("{}: \"{}\" is not the name of a {}", field.key, word->text, kind),
                    fmt::format("write its name alone, such as {}", example));
    return "";
  }
  return std::move(word->text);
}

// "10.0.0.7", "10.0.0.0/8", "2001:db8::/32".
bool is_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (address.find('\0') != std::string::npos || inet_pton(family, address.c_str(), bytes.data()) != 1)
    return false;
  if (slash == std::string::npos) return true;
  const std::string bits = text.substr(slash + 1);
  if (bits.empty() || bits.size() > 3 || bits.find_first_not_of("0123456789") != std::string::npos)
    return false;
  return std::stoi(bits) <= (family == AF_INET ? 32 : 128);
}

}  // namespace

core::Sticky read_sticky(const Field& field, const std::string& where, Problems& problems) {
  core::Sticky sticky = by_own_cookie;
  const auto section = Section::open(field, where + ".sticky", {{"cookie", "header", "address"}}, problems);
  if (!section) return sticky;
  const auto cookie = section->find("cookie");
  const auto header = section->find("header");
  if (cookie) sticky.cookie = read_name(*cookie, "cookie", "sid", problems);
  if (header) sticky.header = lowercase(read_name(*header, "header", "X-User", problems));
  if (const auto address = section->find("address"))
    sticky.drawn = !read_truth(*address, problems).value_or(false);
  if (cookie && header)
    problems.report(header->key_place, fmt::format("sticky in {} names both a cookie and a header", where),
                    "remove one of them");
  if (section->fields().empty())
    problems.report(section->place(), fmt::format("sticky in {} names neither a cookie nor a header", where),
                    "write {cookie: sid}, {header: X-User} or {address: true}");
  return sticky;
}

std::vector<std::string> read_trusted_proxies(const Field& field, const core::Sticky& sticky,
                                              Problems& problems) {
  constexpr std::size_t most = 50;
  std::vector<std::string> networks;
  const auto items = read_list(field, problems);
  if (items.size() > most)
    problems.report(field.place(), fmt::format("{} has {} entries", field.key, items.size()),
                    fmt::format("{} is the most: write networks, such as 10.0.0.0/8", most));
  for (const Field& item : items) {
    auto word = read_text(item, problems);
    if (!word) continue;
    if (is_network(word->text))
      networks.push_back(std::move(word->text));
    else
      problems.report(word->place,
                      fmt::format("{}: \"{}\" is neither an address nor a network", field.key, word->text),
                      "write 10.0.0.7 or 10.0.0.0/8");
  }
  if (sticky.drawn)
    problems.report(field.key_place,
                    fmt::format("{} says whose X-Forwarded-For counts where users are told apart by address, "
                                "which they aren't",
                                field.key),
                    "add sticky: {address: true}, or remove it");
  return networks;
}

}  // namespace slipway::config
