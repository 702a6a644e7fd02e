#pragma once

#include <optional>
#include <string_view>

#include "base/json_fwd.h"
#include "calendar/rules.h"

// Which releases go when: the bump of the semantic version decides the class.
namespace slipway::calendar {

enum class ReleaseClass { major, minor, patch, hotfix };
std::string_view name(ReleaseClass of);

// What `to` is to somebody who has `from`: the first of major, minor and patch that differs, whichever is
// greater; patch where none does. A leading "v" is allowed. Nothing: one of them is no semantic version
// (semver.org, 2.0.0).
std::optional<ReleaseClass> release_class(std::string_view from, std::string_view to);

// On what days a class may be released, within the environment's windows.
struct Turn {
  enum class Kind {
    any,        // whatever the windows say
    monthly,    // the `nth` `weekday` of each month
    quarterly,  // the `nth` `weekday` of January, April, July and October; without one, the quarter's first
                // open day
    emergency,  // in the windows, and while somebody has opened an emergency window
    anytime,    // windows don't apply
  };
  Kind kind = Kind::any;
  int nth = 1;                 // 1 … 4; -1: the last
  std::optional<int> weekday;  // 0 … 6, Sunday is 0
  int approvals = 0;           // of so many people, whatever the environment asks for
  bool operator==(const Turn&) const = default;
};

// Nothing: a class that isn't scheduled goes when the windows say.
struct Schedule {
  std::optional<Turn> major, minor, patch, hotfix;
  const std::optional<Turn>& of(ReleaseClass which) const;
  bool empty() const { return !major && !minor && !patch && !hotfix; }
  bool operator==(const Schedule&) const = default;
};

void to_json(Json& json, ReleaseClass of);
void from_json(const Json& json, ReleaseClass& of);
void to_json(Json& json, const Turn& turn);
void from_json(const Json& json, Turn& turn);
void to_json(Json& json, const Schedule& schedule);
void from_json(const Json& json, Schedule& schedule);

}  // namespace slipway::calendar
