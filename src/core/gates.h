#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/schedule.h"
#include "calendar/slots.h"
#include "core/expectation.h"
#include "core/secret.h"

// What must hold before a deployment touches anything, and who is told of it.
namespace slipway::core {

// One line of the checklist.
struct Check {
  enum class Kind { run, http, github, attest, builtin };
  enum class GitHub { checks, approved };
  enum class Builtin {
    rollback_plan,           // there is a way back, and it fits `rollback_within`
    configuration_resolves,  // every secret has a value, and every program is there
    traffic_healthy,         // the proxy answers, and all of stable's instances are healthy
    alerts_armed,  // there are alerts, and whoever is to hear of them, if anybody is, can be reached
    capacity,      // memory and processes for canary and stable side by side
  };
  std::string group;  // "code"
  std::string name;   // unique in a checklist
  Kind kind = Kind::attest;
  std::vector<std::string> command;  // run
  std::string url;                   // http
  Expectation expect;                // http
  GitHub github = GitHub::checks;
  Builtin builtin = Builtin::rollback_plan;
  Duration timeout{600'000};          // of one look, and for which it is tried where nobody can look
  std::optional<Duration> fresh_for;  // how long evidence is good; nothing: for this deployment alone, and an
                                      // attestation for as long as the artifact is the same
  bool operator==(const Check&) const = default;
};

// Why a check is held to be met, or not.
struct Evidence {
  std::string check;     // its name
  std::string artifact;  // the digest that it is about: of another artifact it says nothing
  bool passed = false;
  std::string by;  // who attested or overrode it; empty: looked at by Slipway
  bool overridden = false;
  std::string summary;  // one line: "exited with status 0", "3 of 3 checks of 4f2a9c1 succeeded", the note
  std::string tail;     // of what a command printed, 4 KiB at most
  std::string digest;   // SHA-256 of all that it printed, or of the body
  Time at{};
  Duration took{};
  bool operator==(const Evidence&) const = default;
};

struct Approvals {
  enum class Expired { abort, proceed };
  int needed = 0;  // people, none of them the author
  Duration expires{86'400'000};
  Expired then = Expired::abort;
  bool operator==(const Approvals&) const = default;
};

// What a deployment under way does when its window closes. Going back is always allowed.
enum class AtClose { finish, hold, roll_back };

// Of windows that a person opens with a reason.
struct EmergencyRule {
  int people = 1;  // who must say so
  Duration longest{4 * 3'600'000};
  bool operator==(const EmergencyRule&) const = default;
};

// Where commits live, for checks of them.
struct GitHub {
  std::string repository;  // "owner/name"
  std::string api = "https://api.github.com";
  std::optional<SecretRef> token;
  bool operator==(const GitHub&) const = default;
};

struct Gates {
  std::vector<std::string> after;  // environments in which this very artifact must have succeeded
  std::vector<std::string> then;   // environments that are offered what was promoted and baked here
  calendar::Rules calendar;
  calendar::Schedule schedule;
  AtClose at_close = AtClose::finish;
  EmergencyRule emergency;
  std::vector<Check> checklist;
  std::optional<GitHub> github;
  Approvals approvals;
  std::optional<Duration> rollback_within;
  bool operator==(const Gates&) const = default;
};

}  // namespace slipway::core
