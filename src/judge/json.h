#pragma once

#include "base/json_fwd.h"
#include "judge/trigger.h"
#include "judge/verdict.h"

// JSON of what is journalled. Keys missing on reading keep their defaults.
namespace slipway::judge {

void to_json(Json& json, const Trigger& trigger);
void from_json(const Json& json, Trigger& trigger);
void to_json(Json& json, const Verdict& verdict);
void from_json(const Json& json, Verdict& verdict);

}  // namespace slipway::judge
