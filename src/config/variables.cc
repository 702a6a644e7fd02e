#include "config/variables.h"

#include <fmt/format.h>

#include "base/placeholder.h"

namespace slipway::config {
namespace {

using From = core::SecretRef::Source;

std::optional<std::string> secret_variable(const Field& field, Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  if (is_variable_name(word->text)) return std::move(word->text);
  problems.report(word->place, fmt::format("{}: \"{}\" is not the name of a variable", field.key, word->text),
                  "a secret names a variable of the daemon's environment, such as SESSION_KEY");
  return std::nullopt;
}

std::optional<std::string> secret_file(const Field& field, Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  if (word->text.starts_with('/')) return std::move(word->text);
  problems.report(word->place, fmt::format("file: \"{}\" is not an absolute path", word->text),
                  "begin it with /, such as /etc/shop/session-key");
  return std::nullopt;
}

std::optional<core::SecretRef> read_secret(const Field& secret, const std::string& where,
                                           Problems& problems) {
  if (secret.value->kind != Node::Kind::map) {
    auto name = secret_variable(secret, problems);
    if (!name) return std::nullopt;
    return core::SecretRef{From::environment, std::move(*name), {}};
  }
  const auto section = Section::open(secret, where, {{"environment", "file", "command"}}, problems);
  if (!section) return std::nullopt;
  const auto environment = section->find("environment");
  const auto file = section->find("file");
  const auto command = section->find("command");
  if ((environment ? 1 : 0) + (file ? 1 : 0) + (command ? 1 : 0) != 1) {
    problems.report(section->place(), fmt::format("{} must say where it is found, in one way", where),
                    "write one of environment, file and command");
    return std::nullopt;
  }
  if (command) {
    auto words = texts(read_command(*command, problems));
    if (words.empty()) return std::nullopt;
    return core::SecretRef{From::command, "", std::move(words)};
  }
  auto name = environment ? secret_variable(*environment, problems) : secret_file(*file, problems);
  if (!name) return std::nullopt;
  return core::SecretRef{environment ? From::environment : From::file, std::move(*name), {}};
}

bool may_be_set(const Field& field, Problems& problems) {
  if (!is_variable_name(field.key)) {
    problems.report(field.key_place, fmt::format("\"{}\" can't be the name of a variable", field.key),
                    "use letters, digits and _, beginning with a letter or _");
    return false;
  }
  if (field.key == "PORT" || field.key.starts_with("SLIPWAY_")) {
    problems.report(field.key_place,
                    fmt::format("{} can't be set: every instance is given its own", field.key), "remove it");
    return false;
  }
  return true;
}

}  // namespace

std::optional<core::EnvironmentValue> read_value(const Field& field, const std::string& where,
                                                 Problems& problems) {
  if (field.value->kind == Node::Kind::nothing) {
    problems.report(field.key_place, fmt::format("{} has no value", field.key),
                    "write \"\" if it is to be empty");
    return std::nullopt;
  }
  if (field.value->kind == Node::Kind::scalar) {
    auto word = read_text(field, problems);
    if (!word) return std::nullopt;
    return std::move(word->text);
  }
  if (field.value->kind == Node::Kind::list) {
    problems.report(field.key_place, fmt::format("{} must be text or a secret, not a list", field.key),
                    "write text, or {secret: NAME}");
    return std::nullopt;
  }
  const auto section = Section::open(field, where, {{"secret"}}, problems);
  if (!section) return std::nullopt;
  const auto secret = section->find("secret");
  if (!secret) {
    if (field.value->entries.empty())
      problems.report(field.key_place, fmt::format("{} must be text or a secret", field.key),
                      "write text, or {secret: NAME}");
    return std::nullopt;
  }
  auto read = read_secret(*secret, where + ".secret", problems);
  if (!read) return std::nullopt;
  return std::move(*read);
}

std::optional<core::SecretRef> read_secret_value(const Field& field, const std::string& where,
                                                 Problems& problems) {
  if (field.value->kind == Node::Kind::scalar) {
    problems.report(field.place(), fmt::format("{} must be a secret, not text", field.key),
                    "write {secret: NAME}: it is found when it is needed, and never stored");
    return std::nullopt;
  }
  const auto value = read_value(field, where, problems);
  return value ? std::optional(std::get<core::SecretRef>(*value)) : std::nullopt;
}

Variables read_variables(const Field& field, const std::string& where, Problems& problems) {
  Variables variables;
  const auto section = Section::open_free(field, where, problems);
  if (!section) return variables;
  for (const Field& variable : section->fields()) {
    const bool allowed = may_be_set(variable, problems);
    auto value = read_value(variable, where + "." + variable.key, problems);
    // One that is wrong is still known: what refers to it isn't wrong too.
    if (!allowed) continue;
    variables.places[variable.key] = variable.place();
    variables.values[variable.key] = value ? std::move(*value) : core::EnvironmentValue();
  }
  return variables;
}

}  // namespace slipway::config
