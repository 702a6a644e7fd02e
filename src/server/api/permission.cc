#include "server/api/permission.h"

namespace slipway::server {

// Whoever may bring users a release may also take it back, and stop it halfway.
std::optional<Permission> permission(Call call) {
  switch (call) {
    case Call::put_artifact:
      return Permission{"upload", {Right::deploy}};
    case Call::deploy:
      return Permission{"deploy", {Right::deploy}};
    case Call::promote:
      return Permission{"promote", {Right::deploy}};
    case Call::resume:
      return Permission{"resume", {Right::deploy}};
    case Call::pause:
      return Permission{"pause", {Right::rollback, Right::deploy}};
    case Call::abort:
      return Permission{"abort", {Right::rollback, Right::deploy}};
    case Call::rollback:
      return Permission{"rollback", {Right::rollback, Right::deploy}};
    case Call::approve:
      return Permission{"approve", {Right::approve}};
    case Call::decline:
      return Permission{"decline", {Right::approve}};
    case Call::attest:
      return Permission{"attest", {Right::attest}};
    case Call::override_check:
      return Permission{"override", {Right::override_check}};
    case Call::freeze:
      return Permission{"freeze", {Right::freeze}};
    case Call::unfreeze:
      return Permission{"unfreeze", {Right::freeze}};
    case Call::emergency:
      return Permission{"emergency", {Right::emergency}};
    case Call::version:
    case Call::targets:
    case Call::target:
    case Call::plan:
    case Call::history:
    case Call::deployment:
    case Call::releases:
    case Call::logs:
    case Call::events:
    case Call::audit:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace slipway::server
