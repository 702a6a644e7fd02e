#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_socket.h"

// Whatever a socket says is read or refused. A server that is up is not in maintenance.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace haproxy = slipway::drivers::haproxy;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0] % 6) {
    case 0:
      if (const auto info = haproxy::parse_info(text)) CHECK(info->pid >= 0);
      break;
    case 1:
      if (const auto rows = haproxy::parse_stat(text)) {
        for (const auto& row : *rows)
          CHECK(row.in_flight >= 0 && row.queued >= 0 && row.active >= 0 && row.failed >= 0);
      }
      break;
    case 2:
      static_cast<void>(haproxy::parse_map_entry(text));
      break;
    case 3:
      if (const auto servers = haproxy::parse_servers_state(text)) {
        for (const auto& server : *servers) CHECK(!server.up() || (server.admin & 3U) == 0);
      }
      break;
    case 5:
      if (const auto servers = haproxy::parse_servers(text)) {
        for (const auto& server : *servers) CHECK(server.detail.empty() || server.up == false);
      }
      break;
    case 4:
      for (const std::string& answer : haproxy::answers_in(text))
        CHECK(answer.find("\n\n") == std::string::npos);
      break;
  }
  return 0;
}
