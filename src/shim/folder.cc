#include "shim/folder.h"

#include <concepts>

#include "base/json.h"
#include "os/file.h"

namespace slipway {
namespace {

template <class T, class Of>
concept Some = std::same_as<std::remove_const_t<T>, Of>;

// Each of them once, for both directions: its name in JSON, and where it lies.
template <class Visit>
void each_field(Some<os::Identity> auto& identity, const Visit& visit) {
  visit("pid", identity.pid);
  visit("start_time", identity.start_time);
  visit("boot_id", identity.boot_id);
}

template <class Visit>
void each_field(Some<shim::Spec> auto& spec, const Visit& visit) {
  visit("title", spec.title);
  visit("command", spec.command);
  visit("env", spec.env);
  visit("directory", spec.directory);
  visit("user", spec.user);
  visit("backoff", spec.backoff);
  visit("backoff_max", spec.backoff_max);
  visit("log_bytes", spec.log_bytes);
  visit("log_files", spec.log_files);
}

template <class Visit>
void each_field(Some<shim::Exit> auto& exit, const Visit& visit) {
  visit("at", exit.at);
  visit("status", exit.status);
  visit("signal", exit.signal);
}

template <class Visit>
void each_field(Some<shim::ShimStatus> auto& status, const Visit& visit) {
  visit("v", status.protocol);
  visit("shim_pid", status.shim_pid);
  visit("pid", status.pid);
  visit("started", status.started);
  visit("restarts", status.restarts);
  visit("last_exit", status.last_exit);
  visit("stopping", status.stopping);
  visit("problem", status.problem);
}

template <class Visit>
void each_field(Some<shim::Lives> auto& lives, const Visit& visit) {
  visit("protocol", lives.protocol);
  visit("shim", lives.shim);
  visit("program", lives.program);
}

Json json_of(const auto& value) {
  Json json = Json::object();
  each_field(value, [&](const char* name, const auto& field) { json[name] = field; });
  return json;
}

// A field that an older or newer shim may not have leaves what is there; without `needed` it makes no sense.
void read_fields(const Json& json, auto& value, std::initializer_list<const char*> needed) {
  for (const char* name : needed) static_cast<void>(json.at(name));
  each_field(value, [&](const char* name, auto& field) {
    if (const auto found = json.find(name); found != json.end()) found->get_to(field);
  });
}

}  // namespace

namespace os {

static void to_json(Json& json, const Identity& identity) {
  json = json_of(identity);
}

static void from_json(const Json& json, Identity& identity) {
  read_fields(json, identity, {"pid", "start_time", "boot_id"});
}

}  // namespace os
}  // namespace slipway

namespace slipway::shim {
namespace {

template <class T>
Result<T> read_file_of(const std::filesystem::path& path) {
  TRY(const std::string text, os::read_file(path));
  TRY(const Json json, parse_json(text));
  return decode<T>(json, path.string());
}

}  // namespace

Result<Spec> read_spec(const Folder& folder) {
  return read_file_of<Spec>(folder.spec());
}

Result<Lives> read_lives(const Folder& folder) {
  return read_file_of<Lives>(folder.identity());
}

void to_json(Json& json, const Spec& spec) {
  json = json_of(spec);
}

void from_json(const Json& json, Spec& spec) {
  read_fields(json, spec, {"command"});
}

void to_json(Json& json, const Exit& exit) {
  json = json_of(exit);
}

void from_json(const Json& json, Exit& exit) {
  read_fields(json, exit, {"at"});
}

void to_json(Json& json, const ShimStatus& status) {
  json = json_of(status);
}

void from_json(const Json& json, ShimStatus& status) {
  read_fields(json, status, {"v", "shim_pid"});
}

void to_json(Json& json, const Lives& lives) {
  json = json_of(lives);
}

void from_json(const Json& json, Lives& lives) {
  read_fields(json, lives, {"protocol", "shim"});
}

Json answer(const Result<ShimStatus>& status) {
  Json json;
  if (status) {
    json = *status;
    json["ok"] = true;
  } else {
    json = {{"v", protocol},
            {"ok", false},
            {"error", {{"kind", name(status.error().kind)}, {"message", status.error().message}}}};
  }
  return json;
}

Result<ShimStatus> read_answer(std::string_view line) {
  try {
    const auto json = parse_json(line);
    if (!json)
      return fail(ErrorKind::unavailable, "the shim's answer can't be read: {}", json.error().message);
    if (json->at("ok").get<bool>()) return json->get<ShimStatus>();
    const Json& error = json->at("error");
    return std::unexpected(
        Error{kind_named(error.at("kind").get<std::string>()), error.at("message").get<std::string>()});
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorKind::unavailable, "the shim's answer can't be understood: {}", e.what());
  }
}

}  // namespace slipway::shim
