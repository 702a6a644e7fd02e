#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Who may do what: docs/security.md.
namespace slipway::server {

enum class Right { deploy, rollback, approve, override_check, attest, freeze, emergency };

std::string_view name(Right right);  // "deploy", …

// Who speaks, as the kernel says.
struct Person {
  std::string name;                  // of the system; "uid 1234" where it has none
  std::optional<std::uint32_t> uid;  // nothing: not known
};

// Knows the roles of everybody. Without a users file everybody has every right.
class Rights {
 public:
  Rights() = default;

  // From a users file; where there is none, and there needn't be one, everybody may everything.
  static Result<Rights> load(const std::filesystem::path& file, bool needed);
  // The text of a users file: invalid_input with every error at once, each with its place. `file` is what
  // messages call it.
  static Result<Rights> read(std::string_view text, const std::string& file);

  // Whether one of these rights, at least one, is the person's; refused if not: the message names the first
  // one, the roles that give it and who has those.
  Status allowed(const Person& person, std::span<const Right> any_of) const;
  Status allowed(const Person& person, Right right) const { return allowed(person, {&right, 1}); }

 private:
  struct File {
    std::string name;
    std::map<std::string, std::set<Right>> roles;
    std::map<std::string, std::set<std::string>> users;  // by name or number: roles
  };
  std::optional<File> file_;  // nothing: everybody may
};

}  // namespace slipway::server
