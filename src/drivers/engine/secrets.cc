#include "drivers/engine/secrets.h"

#include <unistd.h>

#include <cstdlib>

#include "os/command.h"
#include "os/file.h"

namespace slipway::drivers {
namespace {

constexpr std::size_t largest = 64 << 10;
constexpr Duration command_timeout{10'000};

std::map<std::string, std::string> own_environment() {
  std::map<std::string, std::string> env;
  for (char** line = environ; line != nullptr && *line != nullptr; ++line) {
    const std::string_view text = *line;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return env;
}

std::string without_newline(std::string value) {
  if (value.ends_with('\n')) value.pop_back();
  return value;
}

Result<std::string> from_environment(const core::SecretRef& secret) {
  const char* value = std::getenv(secret.name.c_str());
  if (value != nullptr) return value;
  return fail(ErrorKind::invalid_input,
              "the daemon's environment has no variable {}; set it and restart the daemon", secret.name);
}

Result<std::string> from_file(const core::SecretRef& secret) {
  auto content = os::read_file(secret.name, largest);
  if (content) return without_newline(*std::move(content));
  return fail(ErrorKind::invalid_input, "{}; make it readable for the user {}", content.error().message,
              os::current_user().name);
}

Result<std::string> from_command(const core::SecretRef& secret) {
  if (secret.command.empty()) return fail(ErrorKind::invalid_input, "its command is empty");
  os::Command command;
  command.argv = secret.command;
  command.env = own_environment();
  command.timeout = command_timeout;
  command.keep = largest;
  const auto finished = os::run(command);
  if (!finished && finished.error().kind == ErrorKind::not_found)
    return fail(ErrorKind::invalid_input, "its command can't be run: {}", finished.error().message);
  if (!finished) return std::unexpected(finished.error());
  if (!finished->ok())
    return fail(ErrorKind::unavailable, "its command {} {}; run it by hand as the user {} to see why",
                secret.command.front(), finished->text(), os::current_user().name);
  if (finished->out_bytes > largest)
    return fail(ErrorKind::invalid_input, "its command printed more than {} bytes", largest);
  return without_newline(finished->out);
}

Result<std::string> read(const core::SecretRef& secret) {
  switch (secret.source) {
    case core::SecretRef::Source::environment:
      return from_environment(secret);
    case core::SecretRef::Source::file:
      return from_file(secret);
    case core::SecretRef::Source::command:
      return from_command(secret);
  }
  return fail(ErrorKind::internal, "a secret without a source");
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

Result<std::string> resolve(const core::SecretRef& secret) {
  TRY(std::string value, read(secret));
  if (value.find('\0') != std::string::npos || !is_utf8(value))
    return fail(ErrorKind::invalid_input, "its value isn't text: a variable holds UTF-8 without zero bytes");
  return value;
}

Result<std::map<std::string, std::string>> resolve_secrets(const core::EnvironmentVariables& env) {
  std::map<std::string, std::string> secrets;
  for (const auto& [name, value] : env) {
    const auto* secret = std::get_if<core::SecretRef>(&value);
    if (secret == nullptr) continue;
    auto found = resolve(*secret);
    if (!found) return std::unexpected(std::move(found.error()).within(fmt::format("the secret {}", name)));
    secrets.emplace(name, *std::move(found));
  }
  return secrets;
}

}  // namespace slipway::drivers
