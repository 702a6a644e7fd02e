#include "config/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/placeholder.h"
#include "base/text.h"

namespace slipway::config {
namespace {

const std::array<std::string, 6> given{"PORT",
                                       "SLIPWAY_SERVICE",
                                       "SLIPWAY_ENVIRONMENT",
                                       "SLIPWAY_VERSION",
                                       "SLIPWAY_REVISION",
                                       "SLIPWAY_INSTANCE"};

enum class Meaning { plain, secret, unknown };

// The variables of one environment: its own in front of the service's.
struct Scope {
  const std::string* environment;  // none: the service without environments
  const Variables* own;
  const Variables* run;

  const core::EnvironmentValue* find(const std::string& name) const {
    for (const Variables* variables : {own, run}) {
      if (variables == nullptr) continue;
      if (const auto found = variables->values.find(name); found != variables->values.end())
        return &found->second;
    }
    return nullptr;
  }

  Meaning meaning(const std::string& name) const {
    if (std::ranges::find(given, name) != given.end()) return Meaning::plain;
    const core::EnvironmentValue* value = find(name);
    if (value == nullptr) return Meaning::unknown;
    return std::holds_alternative<core::SecretRef>(*value) ? Meaning::secret : Meaning::plain;
  }
};

std::string suggestion(const std::string& name, const std::vector<Scope>& scopes) {
  constexpr std::size_t most_compared = 500;
  std::vector<std::string> names(given.begin(), given.end());
  for (const Scope& scope : scopes)
    for (const Variables* variables : {scope.run, scope.own})
      if (variables != nullptr && names.size() < most_compared)
        for (const auto& [known, value] : variables->values)
          if (std::holds_alternative<std::string>(value)) names.push_back(known);
  const auto meant = nearest(name, names);
  return meant ? fmt::format("did you mean ${{{}}}?", *meant)
               : fmt::format("set {} in env, or write $${{{}}} if it is to stand as it is", name, name);
}

// Reports what is wrong with ${name} in `user` for these environments; `why_not` is why it may not be a
// secret.
void check_one(const std::string& name, const std::string& user, Place place,
               const std::vector<Scope>& scopes, std::string_view why_not, Problems& problems) {
  if (problems.enough()) return;
  std::vector<std::string> without;
  for (const Scope& scope : scopes) {
    const Meaning meaning = scope.meaning(name);
    if (meaning == Meaning::secret)
      return problems.report(place, fmt::format("${{{}}} in {} is a secret", name, user), why_not);
    if (meaning == Meaning::unknown)
      without.push_back(scope.environment == nullptr ? std::string() : *scope.environment);
  }
  if (without.empty()) return;
  if (without.size() == scopes.size())
    return problems.report(place, fmt::format("${{{}}} in {} is not known", name, user),
                           suggestion(name, scopes));
  problems.report(place,
                  fmt::format("${{{}}} in {} is not known in {}", name, user, fmt::join(without, ", ")),
                  fmt::format("set {} in run.env, or in each environment", name));
}

// The names in text, each once.
std::vector<std::string> references(std::string_view text) {
  std::vector<std::string> names;
  for (TextPiece& piece : pieces_of(text))
    if (piece.kind == TextPiece::Kind::reference) names.push_back(std::move(piece.text));
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

void check_form(std::string_view text, const std::string& user, Place place, Problems& problems) {
  if (problems.enough()) return;
  for (const TextPiece& piece : pieces_of(text)) {
    if (piece.kind != TextPiece::Kind::malformed) continue;
    const bool ends = piece.text.ends_with('}');
    problems.report(
        place,
        ends ? fmt::format("{} in {} is not a reference: a name is letters, digits and _, no digit first",
                           piece.text, user)
             : fmt::format("${{ in {} has no name and }} behind it", user),
        fmt::format("write ${{NAME}}, or ${} if it is to stand as it is", piece.text));
  }
}

constexpr std::string_view secret_in_command = "process titles would show it: let the program read it itself";
constexpr std::string_view secret_in_value =
    "secrets can't be part of another value: let the program put it together";

void check_values(const Variables& variables, const std::vector<Scope>& scopes, Problems& problems) {
  for (const auto& [name, value] : variables.values) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    check_form(*text, name, variables.places.at(name), problems);
    // An environment that sets the variable itself never sees this value.
    std::vector<Scope> seen;
    for (const Scope& scope : scopes)
      if (scope.find(name) == &value) seen.push_back(scope);
    if (seen.empty()) continue;
    for (const std::string& reference : references(*text))
      check_one(reference, name, variables.places.at(name), seen, secret_in_value, problems);
  }
}

// Finds values that lead back to themselves, walking without recursion: chains may be long.
class CycleSearch {
 public:
  CycleSearch(const Scope& scope, Problems& problems) : scope_(scope), problems_(problems) {}

  void from(const std::string& start) {
    if (!begin(start)) return;
    while (!path_.empty()) {
      Step& step = path_.back();
      if (step.next == step.references.size()) {
        under_way_.erase(step.name);
        path_.pop_back();
        continue;
      }
      const std::string reference = step.references[step.next++];
      if (under_way_.contains(reference))
        report(step.name, reference);
      else
        begin(reference);
    }
  }

 private:
  struct Step {
    std::string name;
    std::vector<std::string> references;
    std::size_t next = 0;
  };

  bool begin(const std::string& name) {
    const core::EnvironmentValue* value = scope_.find(name);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    if (text == nullptr || !met_.insert(name).second) return false;
    under_way_.insert(name);
    path_.push_back({name, references(*text)});
    return true;
  }

  void report(const std::string& name, const std::string& reference) {
    const bool own = scope_.own != nullptr && scope_.own->values.contains(name);
    problems_.report((own ? scope_.own : scope_.run)->places.at(name),
                     fmt::format("${{{}}} in {} leads back to {}", reference, name, name),
                     "break the circle");
  }

  const Scope& scope_;
  Problems& problems_;
  std::vector<Step> path_;
  std::set<std::string> under_way_;
  std::set<std::string> met_;
};

}  // namespace

void check_references(const std::vector<Word>& command, const Variables& run,
                      const std::vector<BoundVariables>& environments, Problems& problems) {
  std::vector<Scope> scopes;
  for (const BoundVariables& bound : environments)
    scopes.push_back({&bound.environment, &bound.variables, &run});
  if (scopes.empty()) scopes.push_back({nullptr, nullptr, &run});

  for (const Word& word : command) {
    check_form(word.text, "command", word.place, problems);
    for (const std::string& name : references(word.text))
      check_one(name, "command", word.place, scopes, secret_in_command, problems);
  }

  check_values(run, scopes, problems);
  for (const Scope& scope : scopes) {
    if (scope.own != nullptr) check_values(*scope.own, {scope}, problems);
    CycleSearch search(scope, problems);
    for (const Variables* variables : {scope.run, scope.own})
      if (variables != nullptr)
        for (const auto& [name, value] : variables->values) search.from(name);
  }
}

}  // namespace slipway::config
