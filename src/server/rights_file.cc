#include <algorithm>

#include "base/text.h"
#include "config/choice.h"
#include "config/config.h"
#include "config/document.h"
#include "config/section.h"
#include "os/file.h"
#include "server/rights.h"

// The users file, read as slipway.yaml is.
namespace slipway::server {
namespace {

using config::Field;
using config::Problems;
using config::Section;
using config::Word;

const std::vector<std::pair<std::string, std::vector<Right>>>& words_of_rights() {
  static const std::vector<std::pair<std::string, std::vector<Right>>> words = [] {
    const std::vector<Right> all{Right::deploy, Right::rollback, Right::approve,  Right::override_check,
                                 Right::attest, Right::freeze,   Right::emergency};
    std::vector<std::pair<std::string, std::vector<Right>>> made;
    for (const Right right : all) made.emplace_back(std::string(name(right)), std::vector{right});
    made.emplace_back("all", all);
    return made;
  }();
  return words;
}

// A list's items, or the one word that stands in its place.
std::vector<Field> read_words(const Field& field, Problems& problems) {
  if (field.value->kind == config::Node::Kind::scalar) return {field};
  return config::read_list(field, problems);
}

std::map<std::string, std::set<Right>> read_roles(const Field& field, Problems& problems) {
  std::map<std::string, std::set<Right>> roles;
  const auto section = Section::open_free(field, "roles", problems);
  if (!section) return roles;
  for (const Field& role : section->fields()) {
    std::set<Right>& rights = roles[role.key];
    for (const Field& word : read_words(role, problems))
      if (const auto meant = config::read_choice(word, words_of_rights(), "a right", problems))
        rights.insert(meant->begin(), meant->end());
  }
  return roles;
}

std::map<std::string, std::set<std::string>> read_users(const Field& field,
                                                        const std::map<std::string, std::set<Right>>& roles,
                                                        Problems& problems) {
  std::map<std::string, std::set<std::string>> users;
  const auto section = Section::open_free(field, "users", problems);
  if (!section) return users;
  std::vector<std::string> known;
  for (const auto& [role, rights] : roles) known.push_back(role);
  for (const Field& user : section->fields()) {
    std::set<std::string>& theirs = users[user.key];
    for (const Field& word : read_words(user, problems)) {
      const std::optional<Word> role = config::read_text(word, problems);
      if (!role) continue;
      theirs.insert(role->text);
      if (roles.contains(role->text)) continue;
      const auto meant = nearest(role->text, known);
      std::string message = fmt::format("there is no role \"{}\"", role->text);
      if (meant) message += fmt::format("; did you mean \"{}\"?", *meant);
      problems.report(role->place, message,
                      known.empty() ? "roles: {NAME: [deploy]} makes one"
                                    : fmt::format("roles: {}", fmt::join(known, ", ")));
    }
  }
  if (users.empty() && problems.empty())
    problems.report(field.key_place, "users names nobody, so nobody could do anything",
                    "users: {NAME: [ROLE]}, or remove the file");
  return users;
}

}  // namespace

Result<Rights> Rights::load(const std::filesystem::path& file, bool needed) {
  constexpr std::size_t at_most = 1 << 20;
  const auto text = os::read_file(file, at_most);
  if (!text && text.error().kind == ErrorKind::not_found && !needed) return Rights();
  if (!text) return fail(ErrorKind::invalid_input, "who may do what can't be read: {}", text.error().message);
  return read(*text, file.string());
}

Result<Rights> Rights::read(std::string_view text, const std::string& file) {
  Problems problems;
  Rights rights;
  rights.file_.emplace();
  rights.file_->name = file;
  const config::Document document = config::load(text, problems);
  if (document.root != nullptr) {
    static const config::Keys keys{{"roles", "users"}};
    if (const auto top = Section::open({"", document.root->place, document.root}, "", keys, problems)) {
      if (const auto field = top->require("roles", "roles: {operator: [all]}", problems))
        rights.file_->roles = read_roles(*field, problems);
      if (const auto field = top->require("users", "users: {NAME: [operator]}", problems))
        rights.file_->users = read_users(*field, rights.file_->roles, problems);
    }
  }
  const std::vector<config::Problem> found = std::move(problems).take();
  if (!found.empty()) return fail(ErrorKind::invalid_input, "{}", config::render(found, text, file));
  return rights;
}

}  // namespace slipway::server
