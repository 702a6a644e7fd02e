#include "config/files.h"

#include <fmt/format.h>

#include "base/json.h"
#include "config/encoding.h"

namespace slipway::config {
namespace {

// Of a line's characters, the bytes of the first `count`.
std::size_t bytes_of(std::string_view line, int count) {
  std::size_t at = 0;
  while (count-- > 0 && at < line.size()) {
    const std::size_t size = character_size(line.substr(at));
    at += size == 0 ? 1 : size;
  }
  return at;
}

}  // namespace

std::optional<std::string> Files::text_of(const Word& name, std::string_view key, Problems& problems) {
  const auto refuse = [&](std::string_view message, std::string_view hint) {
    problems.report(name.place, fmt::format("{}: {}", key, message), hint);
    return std::nullopt;
  };
  if (name.text.empty() || name.text.find_first_of("\r\n") != std::string::npos)
    return refuse("the name of a file is one line of text", "write it relative to slipway.yaml");
  if (!read_)
    return refuse(fmt::format("the text of {} did not come along", name.text),
                  "the slipway command sends it; others write {file: NAME, text: …}");
  auto text = read_(name.text);
  if (!text) return refuse(text.error().message, "name a file relative to slipway.yaml");
  Problems wrong;
  check_encoding(*text, wrong);
  if (!wrong.empty()) {
    const Problem first = std::move(wrong).take().front();
    return refuse(fmt::format("{}, line {}: {}", name.text, first.line, first.message), first.hint);
  }
  named_[{name.place.line, name.place.column}] = {name.place, name.text, *text};
  return *std::move(text);
}

std::string Files::put_into(std::string_view text) const {
  text = without_mark(text);
  const Source source(text);
  std::string whole;
  std::size_t at = 0;
  for (const auto& [where, named] : named_) {
    const std::string_view line = source.line(named.place.line);
    const auto start = static_cast<std::size_t>(line.data() - text.data());
    const std::size_t begin = start + bytes_of(line, named.place.column - 1);
    const std::size_t end = start + bytes_of(line, named.place.column - 1 + named.place.width);
    whole += text.substr(at, begin - at);
    whole += fmt::format("{{file: {}, text: {}}}", Json(named.file).dump(), Json(named.text).dump());
    at = end;
  }
  return whole += text.substr(at);
}

}  // namespace slipway::config
