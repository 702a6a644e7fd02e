#pragma once

#include <map>
#include <string>

#include "core/service.h"

namespace slipway::drivers {

// A secret's value, read now: from the daemon's own environment, a file, or what a command prints (run as the
// daemon, with its environment, for 10 s at most; one trailing newline is dropped from both). Never in an
// error: those name the reference. invalid_input: it isn't there, or can't be a variable's value (a zero
// byte, no UTF-8, more than 64 KiB). unavailable: the command failed, as a store of secrets does that is away
// for a moment.
Result<std::string> resolve(const core::SecretRef& secret);

// All the secrets of `env`, by variable.
Result<std::map<std::string, std::string>> resolve_secrets(const core::EnvironmentVariables& env);

}  // namespace slipway::drivers
