#include "drivers/telemetry/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/json.h"
#include "base/log.h"
#include "os/file.h"

namespace slipway::drivers::telemetry {
namespace {

// Some 100,000 records: the proxy is never faster than we for longer than that.
constexpr int buffer_bytes = 64 << 20;

// Below the ports that outgoing connections get, and apart from the instances' (20,000 …), so that nobody
// takes ours while no daemon runs.
constexpr int first_port = 12'000, last_port = 19'999;

constexpr std::size_t token_digits = 32;

struct Kept {
  int port = 0;
  std::string token;
};

std::optional<Kept> parse_kept(std::string_view text) {
  const auto json = parse_json(text);
  if (!json || !json->is_object()) return std::nullopt;
  const auto port = json->find("port");
  const auto token = json->find("token");
  if (port == json->end() || !port->is_number_integer() || token == json->end() || !token->is_string()) {
    return std::nullopt;
  }
  const auto number = port->get<std::int64_t>();
  Kept kept{.port = static_cast<int>(std::clamp<std::int64_t>(number, 0, 65'536)),
            .token = token->get<std::string>()};
  const bool right = kept.port >= 1024 && kept.port <= 65'535 && kept.token.size() == token_digits &&
                     kept.token.find_first_not_of("0123456789abcdef") == std::string::npos;
  return right ? std::optional(kept) : std::nullopt;
}

Result<std::optional<Kept>> read_kept(const std::filesystem::path& path) {
  const auto text = os::read_file(path, 4096);
  if (!text && text.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!text && text.error().kind != ErrorKind::invalid_input) return std::unexpected(text.error());
  auto kept = text ? parse_kept(*text) : std::nullopt;
  if (!kept) {
    log_warning("{} isn't as it was written: the proxy's records get another port and token", path.string());
  }
  return kept;
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  ssize_t got = 0;
  do {
    got = ::getrandom(&number, sizeof number, 0);
  } while (got < 0 && errno == EINTR);
  CHECK(got == static_cast<ssize_t>(sizeof number));  // never less than 256 bytes, once the system is up
  return number;
}

Result<os::Fd> make_socket() {
  os::Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(errno, "cannot make a socket for the proxy's records");
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0) {
    // Without CAP_NET_ADMIN the kernel gives net.core.rmem_max where more is asked.
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  }
  return fd;
}

// errno, or 0.
int bind_port(const os::Fd& fd, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

Result<int> bind_another(const os::Fd& fd) {
  int why = 0;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int port = first_port + static_cast<int>(random_number() % (last_port - first_port + 1));
    why = bind_port(fd, port);
    if (why == 0) return port;
  }
  return fail_errno(why,
                    fmt::format("cannot listen for the proxy's records on a UDP port of 127.0.0.1 ({} … {})",
                                first_port, last_port));
}

}  // namespace

Result<Socket> open_socket(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "telemetry.json";
  TRY_VOID(os::make_dirs(directory));
  TRY(const std::optional<Kept> kept, read_kept(path));
  TRY(os::Fd fd, make_socket());
  Kept now = kept.value_or(Kept{});
  if (const int why = kept ? bind_port(fd, kept->port) : EADDRINUSE; why != 0) {
    TRY(now.port, bind_another(fd));
    if (kept) {
      log_warning("UDP port {} of the proxy's records is taken by another program: now they go to port {}",
                  kept->port, now.port);
    }
  }
  if (!kept) now.token = fmt::format("{:016x}{:016x}", random_number(), random_number());
  if (!kept || kept->port != now.port) {
    const Json json{{"port", now.port}, {"token", now.token}};
    TRY_VOID(os::write_atomically(path, json.dump(2) + "\n"));
  }
  return Socket{std::move(fd), {fmt::format("127.0.0.1:{}", now.port), now.token}};
}

}  // namespace slipway::drivers::telemetry
