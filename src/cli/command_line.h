#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/commands.h"

namespace slipway::cli {

using Command = std::function<Outcome<void>(Desk&)>;

// Everything that can be typed. The strings that options are read into live here, until the command has run.
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App& app() { return app_; }
  const Common& common() const { return common_; }
  const Command& command() const { return command_; }
  bool serves() const { return serves_; }
  bool version() const { return version_; }
  const ServeOptions& serve_options() const { return serve_; }
  const std::string& boot_id_file() const { return boot_id_file_; }

 private:
  template <class Options>
  CLI::App* add(const char* name, const char* what, Outcome<void> (*act)(Desk&, const Options&),
                const Options& options) {
    CLI::App* sub = app_.add_subcommand(name, what);
    sub->callback(
        [this, act, &options] { command_ = [act, &options](Desk& desk) { return act(desk, options); }; });
    return sub;
  }
  void add_local();
  void add_serve();
  void add_deploy();
  void add_changes();
  void add_gates();
  void add_looks();
  void add_audit();
  void add_judge();

  CLI::App app_{"Slipway ships a release to its users and takes it back.", "slipway"};
  Common common_;
  Command command_;
  bool serves_ = false;
  bool version_ = false;
  std::string boot_id_file_;
  ServeOptions serve_;
  Init init_;
  Validate validate_;
  Docs docs_;
  Deploy deploy_;
  Plan plan_;
  Promote promote_;
  Pause pause_;
  Resume resume_;
  Abort abort_;
  Rollback rollback_;
  Approve approve_;
  Decline decline_;
  Attest attest_;
  Override override_;
  Freeze freeze_;
  Unfreeze unfreeze_;
  Emergency emergency_;
  Environments environments_;
  Calendar calendar_;
  Checklist checklist_;
  Look status_;
  Named releases_;
  History history_;
  Logs logs_;
  Audit audit_;
  AuditVerify audit_verify_;
  JudgeRequests judge_;
};

}  // namespace slipway::cli
