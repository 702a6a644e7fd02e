#pragma once

#include "base/json_fwd.h"
#include "core/alert.h"
#include "core/gates.h"
#include "core/notice.h"

// As they are journalled. Keys that a newer Slipway added are missing in what an older one wrote, and so keep
// their defaults.
namespace nlohmann {

// A plain value is a string, a reference an object with the one key "secret".
template <>
struct adl_serializer<slipway::core::EnvironmentValue> {
  static void to_json(json& j, const slipway::core::EnvironmentValue& value);
  static void from_json(const json& j, slipway::core::EnvironmentValue& value);
};

}  // namespace nlohmann

namespace slipway::core {

void to_json(Json& json, const SecretRef& secret);
void from_json(const Json& json, SecretRef& secret);
void to_json(Json& json, const Expectation& expectation);
void from_json(const Json& json, Expectation& expectation);
void to_json(Json& json, const Check& check);
void from_json(const Json& json, Check& check);
void to_json(Json& json, const Evidence& evidence);
void from_json(const Json& json, Evidence& evidence);
void to_json(Json& json, const Approvals& approvals);
void from_json(const Json& json, Approvals& approvals);
void to_json(Json& json, const EmergencyRule& rule);
void from_json(const Json& json, EmergencyRule& rule);
void to_json(Json& json, const GitHub& github);
void from_json(const Json& json, GitHub& github);
void to_json(Json& json, const Gates& gates);
void from_json(const Json& json, Gates& gates);
void to_json(Json& json, const Channel& channel);
void from_json(const Json& json, Channel& channel);
void to_json(Json& json, const Notice& notice);
void from_json(const Json& json, Notice& notice);
void to_json(Json& json, const Alert& alert);
void from_json(const Json& json, Alert& alert);

}  // namespace slipway::core
