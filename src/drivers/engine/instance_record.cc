#include "drivers/engine/instance_record.h"

#include "base/json.h"
#include "os/file.h"

namespace slipway::drivers {
namespace {

std::filesystem::path record_file(const std::filesystem::path& folder) {
  return folder / "instance.json";
}

// "text", {"environment": NAME}, {"file": PATH} or {"command": [WORD …]}.
Json json_of(const core::EnvironmentValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const auto& secret = std::get<core::SecretRef>(value);
  switch (secret.source) {
    case core::SecretRef::Source::environment:
      return {{"environment", secret.name}};
    case core::SecretRef::Source::file:
      return {{"file", secret.name}};
    case core::SecretRef::Source::command:
      return {{"command", secret.command}};
  }
  return {};
}

core::EnvironmentValue value_of(const Json& json) {
  using Source = core::SecretRef::Source;
  if (json.is_string()) return json.get<std::string>();
  if (json.contains("environment"))
    return core::SecretRef{Source::environment, json["environment"].get<std::string>(), {}};
  if (json.contains("file")) return core::SecretRef{Source::file, json["file"].get<std::string>(), {}};
  return core::SecretRef{Source::command, {}, json.at("command").get<std::vector<std::string>>()};
}

InstanceRecord parse(const Json& json) {
  InstanceRecord record;
  record.port = json.at("port").get<int>();
  record.release = {json.at("revision").get<int>(), json.at("version").get<std::string>(),
                    json.at("digest").get<std::string>()};
  if (json.contains("command")) record.command = json["command"].get<std::vector<std::string>>();
  if (!json.contains("env")) return record;
  record.env.emplace();
  for (const auto& [name, value] : json["env"].items()) record.env->emplace(name, value_of(value));
  return record;
}

}  // namespace

InstanceRecord record_of(const core::StartInstance& start, int port) {
  return {port, start.release, start.command, start.env};
}

bool is_of(const InstanceRecord& record, const core::StartInstance& start) {
  return record.release == start.release && (!record.command || *record.command == start.command) &&
         (!record.env || *record.env == start.env);
}

std::optional<InstanceRecord> read_record(const std::filesystem::path& folder) {
  const auto text = os::read_file(record_file(folder));
  const auto json = text ? parse_json(*text) : std::unexpected(text.error());
  if (!json) return {};
  try {
    InstanceRecord record = parse(*json);
    if (record.port > 0 && record.port < 65'536) return record;
  } catch (const nlohmann::json::exception&) {
    // Somebody else wrote it, or half of it is gone.
  }
  return {};
}

Status write_record(const std::filesystem::path& folder, const InstanceRecord& record) {
  TRY_VOID(os::make_dirs(folder));
  Json json{{"format", 1},
            {"port", record.port},
            {"version", record.release.version},
            {"revision", record.release.revision},
            {"digest", record.release.digest}};
  if (record.command) json["command"] = *record.command;
  if (record.env) {
    json["env"] = Json::object();
    for (const auto& [name, value] : *record.env) json["env"][name] = json_of(value);
  }
  try {
    return os::write_atomically(record_file(folder), json.dump(2) + "\n");
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorKind::invalid_input, "the command and env of an instance must be UTF-8 text");
  }
}

}  // namespace slipway::drivers
