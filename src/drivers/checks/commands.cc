#include "drivers/checks/commands.h"

#include <chrono>
#include <cstdlib>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "drivers/engine/program_file.h"

namespace slipway::drivers::checks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t tail_bytes = 4096;
constexpr Duration grace{5000};

bool is_within_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::string readable_tail(std::string_view bytes, std::size_t at_most) {
  if (bytes.size() > at_most) {
    bytes.remove_prefix(bytes.size() - at_most);
    while (!bytes.empty() && is_within_character(bytes.front())) bytes.remove_prefix(1);
  }
  const std::string text = Json(bytes).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string tail = Json::parse(text).get<std::string>();
  // Each byte that was replaced has become three.
  std::size_t surplus = tail.size() > at_most ? tail.size() - at_most : 0;
  while (surplus > 0 && surplus < tail.size() && is_within_character(tail[surplus])) ++surplus;
  return tail.substr(surplus);
}

std::string describe(const Ran& ran, const Order& order) {
  if (ran.finished.timed_out)
    return fmt::format("took longer than {}, and was ended", format_duration(order.timeout));
  return fmt::format("{} after {}", ran.finished.text(), format_duration(ran.took));
}

Commands::Commands(const ArtifactStore& artifacts, std::string user)
    : artifacts_(artifacts), user_(std::move(user)) {}

Result<Ran> Commands::run(const Order& order) const {
  if (order.command.empty()) return fail(ErrorKind::invalid_input, "its command is empty");
  if (!artifacts_.has(order.release.digest))
    return fail(ErrorKind::invalid_input, "the artifact of {} isn't in store any more; deploy it again",
                order.release.version);
  const char* path = std::getenv("PATH");
  Sha256 digest;
  os::Command command;
  TRY(command.user, os::to_become(user_));
  command.argv = order.command;
  command.env = order.env;
  command.env.insert({{"PATH", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"},
                      {"HOME", command.user ? command.user->home : os::current_user().home},
                      {"SLIPWAY_SERVICE", order.target.service},
                      {"SLIPWAY_ENVIRONMENT", order.target.environment},
                      {"SLIPWAY_VERSION", order.release.version},
                      {"SLIPWAY_REVISION", std::to_string(order.release.revision)},
                      {"SLIPWAY_DIGEST", order.release.digest}});
  const auto folder = std::filesystem::absolute(artifacts_.path(order.release.digest));
  TRY(command.argv.front(), program_file(order.command.front(), folder, command.env.at("PATH")));
  command.directory = folder.string();
  command.timeout = order.timeout;
  command.grace = grace;
  command.keep = tail_bytes;
  command.one_output = true;
  command.on_output = [&digest](std::string_view piece) { digest.update(piece); };

  const auto begun = Clock::now();
  auto finished = os::run(command);
  if (!finished && finished.error().kind == ErrorKind::not_found)
    return fail(ErrorKind::invalid_input, "{}", finished.error().message);
  if (!finished) return std::unexpected(std::move(finished.error()));
  Ran ran{.finished = *std::move(finished), .digest = digest.hex()};
  ran.took = std::chrono::duration_cast<Duration>(Clock::now() - begun);
  ran.tail = readable_tail(ran.finished.out, tail_bytes);
  return ran;
}

}  // namespace slipway::drivers::checks
