#include "config/sticky.h"

#include <fmt/format.h>

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

}  // namespace

core::Sticky read_sticky(const Field& field, const std::string& where, Problems& problems) {
  core::Sticky sticky;
  const auto section = Section::open(field, where + ".sticky", {{"cookie", "header"}}, problems);
  if (!section) return sticky;
  const auto cookie = section->find("cookie");
  const auto header = section->find("header");
  if (cookie) sticky.cookie = read_name(*cookie, "cookie", "sid", problems);
  if (header) sticky.header = lowercase(read_name(*header, "header", "X-User", problems));
  if (cookie && header)
    problems.report(header->key_place, fmt::format("sticky in {} names both a cookie and a header", where),
                    "remove one of them");
  if (section->fields().empty())
    problems.report(section->place(), fmt::format("sticky in {} names neither a cookie nor a header", where),
                    "write {cookie: sid} or {header: X-User}");
  return sticky;
}

}  // namespace slipway::config
