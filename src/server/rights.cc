#include "server/rights.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace slipway::server {
std::string_view name(Right right) {
  switch (right) {
    case Right::deploy:
      return "deploy";
    case Right::rollback:
      return "rollback";
    case Right::approve:
      return "approve";
    case Right::override_check:
      return "override";
    case Right::attest:
      return "attest";
    case Right::freeze:
      return "freeze";
    case Right::emergency:
      return "emergency";
  }
  return "";
}

Status Rights::allowed(const Person& person, std::span<const Right> any_of) const {
  CHECK(!any_of.empty());
  if (!file_) return {};
  const auto gives = [&](const std::string& role) {
    const auto found = file_->roles.find(role);
    return found != file_->roles.end() &&
           std::ranges::any_of(any_of, [&](Right right) { return found->second.contains(right); });
  };
  const auto may = [&](const std::string& user) {
    const auto found = file_->users.find(user);
    return found != file_->users.end() && std::ranges::any_of(found->second, gives);
  };
  if (may(person.name) || (person.uid && may(std::to_string(*person.uid)))) return {};

  std::vector<std::string> roles;
  std::vector<std::string> people;
  for (const auto& [role, rights] : file_->roles)
    if (gives(role)) roles.push_back(role);
  for (const auto& [user, theirs] : file_->users)
    if (may(user)) people.push_back(user);
  const std::string_view right = name(any_of.front());
  if (roles.empty())
    return fail(ErrorKind::refused, "{} lacks the right \"{}\", and no role in {} gives it", person.name,
                right, file_->name);
  return fail(ErrorKind::refused, "{} lacks the right \"{}\": {} {} it, and {}; rights are given in {}",
              person.name, right, listed(roles), roles.size() == 1 ? "gives" : "give",
              people.empty() ? std::string("nobody has such a role")
                             : fmt::format("{} {} such a role: ask there", listed(people),
                                           people.size() == 1 ? "has" : "have"),
              file_->name);
}

}  // namespace slipway::server
