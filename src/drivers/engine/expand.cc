#include "drivers/engine/expand.h"

#include <set>

#include "base/placeholder.h"

namespace slipway::drivers {
namespace {

// What the kernel gives to a program in one word or variable. Values that refer to others twice over would
// fill any memory.
constexpr std::size_t longest = 128 * 1024 - 1;

// Of values in values, each a few calls deeper.
constexpr std::size_t deepest = 1000;

class Expansion {
 public:
  Expansion(const core::EnvironmentVariables& env, const std::map<std::string, std::string>& given)
      : env_(env), done_(given) {}

  Result<std::string> text(std::string_view written, const std::string& place) {
    std::string expanded;
    for (const TextPiece& piece : pieces_of(written)) {
      switch (piece.kind) {
        case TextPiece::Kind::literal:
          expanded += piece.text;
          break;
        case TextPiece::Kind::reference: {
          TRY(const std::string found, value(piece.text, place));
          expanded += found;
          break;
        }
        case TextPiece::Kind::malformed:
          return fail(ErrorKind::invalid_input,
                      "{}: {} is not a reference; write ${{NAME}}, or ${} if it is to stand as it is", place,
                      piece.text, piece.text);
      }
      if (expanded.size() > longest)
        return fail(ErrorKind::invalid_input, "{}: expanded, it is longer than {} bytes, the most", place,
                    longest);
    }
    return expanded;
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
    if (under_way_.size() > deepest)
      return fail(ErrorKind::invalid_input, "{}: values that refer to values, more than {} deep", place,
                  deepest);
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
