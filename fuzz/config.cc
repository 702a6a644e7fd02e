#include "config/config.h"

#include <cstdint>
#include <string_view>

#include "base/check.h"

// Any text is either a service or has problems, each of which has its place in the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const slipway::config::Parsed parsed = slipway::config::parse(text);
  for (const auto& problem : parsed.problems) {
    CHECK(problem.line >= 1);
    CHECK(problem.column >= 1);
    CHECK(!problem.message.empty());
  }
  const std::string shown = slipway::config::render(parsed.problems, text, "slipway.yaml");
  CHECK(shown.empty() == parsed.problems.empty());
  if (parsed.problems.empty()) {
    for (const auto& environment : parsed.service.environments) {
      CHECK(slipway::core::bind(parsed.service, environment.name).has_value());
    }
  }
  return 0;
}
