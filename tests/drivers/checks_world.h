#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "drivers/checks/alert_commands.h"
#include "drivers/checks/checker.h"
#include "support/temp_dir.h"

namespace slipway::drivers {

// A checker, and a store with one artifact, which is written straight into its place.
class ChecksWorld {
 public:
  explicit ChecksWorld(checks::World world = {})
      : store_(*ArtifactStore::open(dir_ / "artifacts")), checker_(store_, "", std::move(world)) {
    std::filesystem::create_directories(artifact());
  }

  std::filesystem::path artifact() const { return store_.path(digest()); }
  static std::string digest() { return std::string(64, 'a'); }
  static core::Target target() { return {"shop", "production"}; }

  void write(const std::string& name, const std::string& script) const {
    std::ofstream(artifact() / name) << script;
    std::filesystem::permissions(artifact() / name, std::filesystem::perms::all);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(artifact() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  core::Outcome perform(core::RunCheck run) {
    run.check.name = "the check";
    run.release = {3, "1.5.0", digest()};
    return checker_.perform({{target(), 41, 0}, std::move(run)});
  }
  core::Outcome perform(core::RunAlertCommand run) {
    run.release = {3, "1.5.0", digest()};
    return alerts_.perform({{target(), 41, 0}, std::move(run)});
  }
  AlertCommands& alerts() { return alerts_; }
  // As the next daemon finds it.
  AlertCommands alerts_of_the_next() { return {dir_ / "alerts", store_, ""}; }
  std::filesystem::path alerts_dir() const { return dir_ / "alerts"; }
  // As a script of the artifact.
  core::Outcome script(const std::string& text, Duration timeout = Duration(60'000)) {
    write("check.sh", "#!/bin/sh\n" + text + "\n");
    core::RunCheck run;
    run.check.kind = core::Check::Kind::run;
    run.check.command = {"./check.sh"};
    run.check.timeout = timeout;
    return perform(run);
  }
  core::Outcome built_in(core::RunCheck run, core::Check::Builtin which) {
    run.check.kind = core::Check::Kind::builtin;
    run.check.builtin = which;
    return perform(std::move(run));
  }

 private:
  TempDir dir_;
  ArtifactStore store_;
  Checker checker_;
  AlertCommands alerts_{dir_ / "alerts", store_, ""};
};

}  // namespace slipway::drivers
