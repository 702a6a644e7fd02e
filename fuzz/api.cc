#include <cstdint>
#include <string>

#include "base/check.h"
#include "server/api/fields.h"
#include "server/api/route.h"

namespace {

using slipway::ErrorKind;

void read_body(const std::string& text) {
  const auto fields =
      slipway::server::Fields::read(text, {"version", "config", "digest", "reason", "end_bake", "revision"});
  if (!fields) {
    CHECK(fields.error().kind == ErrorKind::invalid_input);
    return;
  }
  if (const auto version = fields->text("version")) CHECK(!version->empty());
  if (const auto revision = fields->maybe_number("revision"); revision && *revision) CHECK(**revision >= 1);
  if (const auto reason = fields->line("reason")) {
    CHECK(reason->size() <= 1000 && reason->find('\n') == std::string::npos);
  }
  static_cast<void>(fields->maybe_text("digest"));
  static_cast<void>(fields->flag("end_bake"));
}

void read_path(const std::string& text) {
  const auto match = slipway::server::match("POST", text);
  if (!match) CHECK(match.error().status >= 400);
  const std::size_t mark = text.find('?');
  if (mark == std::string::npos) return;
  const auto query = slipway::server::read_query(text.substr(mark + 1), {"limit", "lines", "target"});
  if (!query) return;
  for (const auto& [key, value] : *query) {
    const auto number = slipway::server::read_number(value, key, 1, 1000);
    if (number) CHECK(*number >= 1 && *number <= 1000);
  }
}

}  // namespace

// Any body and any path is understood or answered with a problem.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (text.starts_with('/')) {
    read_path(text);
  } else {
    read_body(text);
  }
  return 0;
}
