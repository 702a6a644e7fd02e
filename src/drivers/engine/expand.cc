#include "drivers/engine/expand.h"

#include <set>

namespace slipway::drivers {
namespace {

class Expansion {
 public:
  Expansion(const core::EnvironmentVariables& env, const std::map<std::string, std::string>& given)
      : env_(env), done_(given) {}

  Result<std::string> text(std::string_view rest, const std::string& place) {
    std::string expanded;
    while (true) {
      const auto start = rest.find("${");
      if (start == std::string_view::npos) return expanded.append(rest);
      const bool is_plain = start > 0 && rest[start - 1] == '$';  // "$${"
      expanded.append(rest.substr(0, start));
      rest.remove_prefix(start + 2);
      if (is_plain) {
        expanded += '{';
        continue;
      }
      const auto end = rest.find('}');
      if (end == std::string_view::npos)
        return fail(ErrorKind::invalid_input, "{}: \"${{\" without its \"}}\"; write $${{ for a plain ${{",
                    place);
      TRY(const std::string found, value(std::string(rest.substr(0, end)), place));
      expanded += found;
      rest.remove_prefix(end + 1);
    }
  }

  // Of a variable, expanded itself.
  Result<std::string> value(const std::string& name, const std::string& place) {
    if (const auto known = done_.find(name); known != done_.end()) return known->second;
    const auto variable = env_.find(name);
    if (variable == env_.end())
      return fail(ErrorKind::invalid_input,
                  "{}: there is no variable {}; define it under env, or write $${{{}}}", place, name, name);
    const auto* plain = std::get_if<std::string>(&variable->second);
    if (plain == nullptr)
      return fail(ErrorKind::invalid_input,
                  "{}: ${{{}}} is a secret, which is given to the program as a variable and put nowhere "
                  "else; let the "
                  "program read {} itself",
                  place, name, name);
    if (!under_way_.insert(name).second)
      return fail(ErrorKind::invalid_input, "{}: the value of {} refers to itself in a circle", place, name);
    TRY(std::string expanded, text(*plain, "env." + name));
    under_way_.erase(name);
    done_.emplace(name, expanded);
    return expanded;
  }

  std::map<std::string, std::string> all() && { return std::move(done_); }

 private:
  const core::EnvironmentVariables& env_;
  std::map<std::string, std::string> done_;
  std::set<std::string> under_way_;
};

}  // namespace

Result<Expanded> expand(const std::vector<std::string>& command, const core::EnvironmentVariables& env,
                        const std::map<std::string, std::string>& given) {
  Expansion expansion(env, given);
  Expanded expanded;
  for (std::size_t i = 0; i < command.size(); ++i) {
    TRY(std::string word, expansion.text(command[i], fmt::format("word {} of the command", i + 1)));
    expanded.command.push_back(std::move(word));
  }
  for (const auto& [name, value] : env)
    if (std::holds_alternative<std::string>(value)) TRY_VOID(expansion.value(name, "env." + name));
  expanded.env = std::move(expansion).all();
  return expanded;
}

}  // namespace slipway::drivers
