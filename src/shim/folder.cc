#include "shim/folder.h"

namespace slipway::os {

static void to_json(Json& json, const Identity& identity) {
  json = {{"pid", identity.pid}, {"start_time", identity.start_time}, {"boot_id", identity.boot_id}};
}

static void from_json(const Json& json, Identity& identity) {
  json.at("pid").get_to(identity.pid);
  json.at("start_time").get_to(identity.start_time);
  json.at("boot_id").get_to(identity.boot_id);
}

}  // namespace slipway::os

namespace slipway::shim {
namespace {

// A field that an older or newer shim may not have leaves what is there.
template <class T>
void read_field(const Json& json, const char* name, T& value) {
  if (const auto field = json.find(name); field != json.end()) value = field->get<T>();
}

ErrorKind kind_named(std::string_view text) {
  for (const ErrorKind kind :
       {ErrorKind::invalid_input, ErrorKind::not_found, ErrorKind::conflict, ErrorKind::refused,
        ErrorKind::unavailable, ErrorKind::outcome_unknown, ErrorKind::internal})
    if (name(kind) == text) return kind;
  return ErrorKind::internal;
}

}  // namespace

void to_json(Json& json, const Spec& spec) {
  json = {{"title", spec.title},
          {"command", spec.command},
          {"env", spec.env},
          {"directory", spec.directory},
          {"user", spec.user},
          {"backoff", spec.backoff},
          {"backoff_max", spec.backoff_max},
          {"log_bytes", spec.log_bytes},
          {"log_files", spec.log_files}};
}

void from_json(const Json& json, Spec& spec) {
  json.at("command").get_to(spec.command);
  read_field(json, "title", spec.title);
  read_field(json, "env", spec.env);
  read_field(json, "directory", spec.directory);
  read_field(json, "user", spec.user);
  read_field(json, "backoff", spec.backoff);
  read_field(json, "backoff_max", spec.backoff_max);
  read_field(json, "log_bytes", spec.log_bytes);
  read_field(json, "log_files", spec.log_files);
}

void to_json(Json& json, const Exit& exit) {
  json = {{"at", exit.at}, {"status", exit.status}, {"signal", exit.signal}};
}

void from_json(const Json& json, Exit& exit) {
  json.at("at").get_to(exit.at);
  read_field(json, "status", exit.status);
  read_field(json, "signal", exit.signal);
}

void to_json(Json& json, const ShimStatus& status) {
  json = {{"v", status.protocol},        {"shim_pid", status.shim_pid}, {"pid", status.pid},
          {"started", status.started},   {"restarts", status.restarts}, {"last_exit", status.last_exit},
          {"stopping", status.stopping}, {"problem", status.problem}};
}

void from_json(const Json& json, ShimStatus& status) {
  json.at("v").get_to(status.protocol);
  json.at("shim_pid").get_to(status.shim_pid);
  read_field(json, "pid", status.pid);
  read_field(json, "started", status.started);
  read_field(json, "restarts", status.restarts);
  read_field(json, "last_exit", status.last_exit);
  read_field(json, "stopping", status.stopping);
  read_field(json, "problem", status.problem);
}

void to_json(Json& json, const Lives& lives) {
  json = {{"protocol", lives.protocol}, {"shim", lives.shim}, {"program", lives.program}};
}

void from_json(const Json& json, Lives& lives) {
  json.at("protocol").get_to(lives.protocol);
  json.at("shim").get_to(lives.shim);
  read_field(json, "program", lives.program);
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
