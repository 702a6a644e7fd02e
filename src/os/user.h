#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace slipway::os {

// Somebody whom a program can run as.
struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
  std::vector<gid_t> groups;  // all of them, `gid` too
};

// By name. not_found when there is no such user.
Result<User> find_user(const std::string& name);

// Whom this process runs as; where the system has no name for it, the number is the name and "/" is home.
User current_user();

// Whom a program must become to run as `name`. Nothing where that is whom this process runs as (becoming it
// takes root's rights, too), or `name` is empty. Errors as of find_user.
Result<std::optional<User>> to_become(const std::string& name);

}  // namespace slipway::os
