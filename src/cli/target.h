#pragma once

#include "cli/commands.h"
#include "cli/view.h"
#include "core/service.h"

// Which target is meant, and with which configuration.
namespace slipway::cli {

struct TargetName {
  std::string service, environment;
  std::string path() const;  // "/api/v1/targets/S/E"
  std::string text() const { return service + "/" + environment; }
};

struct Configuration {
  std::string text;
  core::Service service;
  std::filesystem::path folder;  // that the file lies in
};

// The file with every error it has, rendered; `details` of the failure lists them as JSON.
Outcome<Configuration> read_configuration(const Desk& desk, const std::string& file);

// Of the daemon's targets; null where it isn't among them.
View target_of(View targets, const TargetName& name);

// The service as written, else that of the file, else the one service that has this environment at the
// daemon.
Outcome<TargetName> resolve(Desk& desk, const Named& named);

// For a deployment: the file is needed, and must agree with what is written.
Outcome<TargetName> resolve(const Named& named, const Configuration& configuration);

// For what may be said before the first deployment: where the file is that service's, its environments are
// all that there are, but for those that the daemon knows of.
Outcome<TargetName> resolve_new(Desk& desk, const Named& named);

}  // namespace slipway::cli
