#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/run.h"
#include "judge/settings.h"

// What was typed, one struct for each command.
namespace slipway::cli {

// Answer: a person's lines, or the API's JSON. Waiting: until the deployment is decided, or not at all.
enum class Format { lines, json };
enum class Waiting { wait, detach };
// Once, or again and again until Ctrl-C.
enum class Watching { once, watch };

struct Common {
  std::string data;  // empty: found out
  Format format = Format::lines;
};

struct Init {
  std::string service;  // empty: named as the directory
};

struct Validate {
  std::string file = "slipway.yaml";
};

struct Docs {
  std::string file = "slipway.yaml";
};

// ENV or SERVICE/ENV; the service comes from `file` where it isn't given.
struct Named {
  std::string environment;
  std::string file;  // empty: slipway.yaml, if there is one
};

// What is to be deployed, and how it is to pass the gates.
struct Wanted {
  Named target;
  std::string version, artifact, reason;
  std::string from;                    // the environment whose success is taken along
  std::string commit;                  // that the artifact was made from; empty: found out
  std::string at;                      // "next-window" or a time; empty: now
  std::vector<std::string> overrides;  // checks
};

struct Deploy {
  Wanted wanted;
  bool end_bake = false;
  Waiting waiting = Waiting::wait;
};

struct Plan {
  Wanted wanted;
};

struct Promote {
  Named target;
  std::string reason;
  Waiting waiting = Waiting::wait;
};

struct Pause {
  Named target;
  std::string reason;
};

struct Resume {
  Named target;
  std::string reason;
};

struct Abort {
  Named target;
  std::string reason;
  Waiting waiting = Waiting::wait;
};

struct Rollback {
  Named target;
  std::optional<int> revision;
  std::string reason;
  bool force = false;
  Waiting waiting = Waiting::wait;
};

// What is asked before a deployment begins.
struct Approve {
  Named target;
  std::string note;
};

struct Decline {
  Named target;
  std::string reason;
};

struct Attest {
  Named target;
  std::string check, note, version;
};

struct Override {
  Named target;
  std::string check, reason;
};

struct Freeze {
  Named target;
  std::string from, to, lasts, reason;  // `from` empty: now; `to` or `lasts`
};

struct Unfreeze {
  Named target;
  int number = 0;
  std::string reason;
};

struct Emergency {
  Named target;
  std::string lasts, reason;
};

// What runs where: all environments of the file and of the daemon.
struct Environments {
  std::string file;
};

struct Calendar {
  Named target;  // the environment may be empty: each that has a calendar
  int weeks = 5;
  std::string from;  // a date; empty: today
};

struct Checklist {
  Named target;
  bool markdown = false;
};

struct Look {
  Named target;  // the environment may be empty: all targets
  Watching watching = Watching::once;
};

struct History {
  Named target;
  int limit = 20;
  std::optional<int> deployment;
};

struct Logs {
  Named target;
  int lines = 200;
  bool follow = false;
  std::string instance;
};

struct Audit {
  std::string environment;  // ENV or SERVICE/ENV; empty: of all
  int limit = 50;
};

struct AuditVerify {
  std::string head;  // a hash that was noted; empty: none
};

struct JudgeRequests {
  std::string file;              // "-": standard input
  std::optional<double> weight;  // per cent that the canary got, 0 < weight < 100
  judge::Settings settings;
};

}  // namespace slipway::cli
