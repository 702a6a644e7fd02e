#pragma once

#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/effect.h"
#include "server/api/message.h"

// Which call a method and a path name.
namespace slipway::server {

enum class Call {
  version,
  put_artifact,
  targets,
  target,
  deploy,
  rollback,
  abort,
  promote,
  pause,
  resume,
  approve,
  decline,
  attest,
  override_check,
  freeze,
  unfreeze,
  emergency,
  plan,
  history,
  deployment,
  releases,
  logs,
  events,
  audit
};

struct Match {
  Call call = Call::version;
  core::Target target;  // of the calls below /targets/S/E
  int number = 0;       // of a deployment
};

// Or the problem to answer with: no such path, a name that can't be, another method.
std::expected<Match, Response> match(std::string_view method, std::string_view path);

using Query = std::map<std::string, std::string>;
// invalid_input for a key that isn't in `known` (its message names those), one given twice, and broken
// %-escapes.
Result<Query> read_query(std::string_view text, const std::set<std::string>& known);

// A whole number from `least` to `most`; `what` names it in the error: "limit must be a whole number from 1
// to 1000".
Result<int> read_number(std::string_view text, std::string_view what, int least, int most);

// "a%2Fb" → "a/b". invalid_input for escapes that aren't, NUL, and what isn't UTF-8.
Result<std::string> percent_decode(std::string_view text);

}  // namespace slipway::server
