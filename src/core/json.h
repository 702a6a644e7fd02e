#pragma once

#include "base/json_fwd.h"
#include "core/step.h"

// JSON of the core's values: the journal's format, and the API's. Keys missing on reading keep their
// defaults.
namespace slipway::core {

void to_json(Json& json, const Bound& bound);
void from_json(const Json& json, Bound& bound);
void to_json(Json& json, const Target& target);
void from_json(const Json& json, Target& target);
void to_json(Json& json, const Release& release);
void from_json(const Json& json, Release& release);
void to_json(Json& json, const EffectId& id);
void from_json(const Json& json, EffectId& id);
void to_json(Json& json, const InstanceName& name);
void from_json(const Json& json, InstanceName& name);
void to_json(Json& json, const Routing& routing);
void from_json(const Json& json, Routing& routing);
void to_json(Json& json, const Effect& effect);
void from_json(const Json& json, Effect& effect);
void to_json(Json& json, const Outcome& outcome);
void from_json(const Json& json, Outcome& outcome);
void to_json(Json& json, const SmokeTest& test);
void from_json(const Json& json, SmokeTest& test);
void to_json(Json& json, const Stage& stage);
void from_json(const Json& json, Stage& stage);
void to_json(Json& json, const DeploymentRecord& record);
void from_json(const Json& json, DeploymentRecord& record);
void to_json(Json& json, const TargetState& state);
void from_json(const Json& json, TargetState& state);
void to_json(Json& json, const Reply& reply);

Json event_to_json(const Event& event);
Result<Event> event_from_json(const Json& json);

}  // namespace slipway::core
