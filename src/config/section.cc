#include "config/section.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace slipway::config {
namespace {

std::string within(const std::string& where) {
  return where.empty() ? " at the top level" : " in " + where;
}

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

void report_unknown(const Node::Entry& entry, const std::string& where, const Keys& keys,
                    Problems& problems) {
  std::vector<std::string> names = keys.known;
  names.insert(names.end(), keys.later.begin(), keys.later.end());
  const auto meant = nearest(entry.key, names);
  const std::string message = fmt::format("unknown key \"{}\"{}", entry.key, within(where));
  if (meant) return problems.report(entry.place, fmt::format("{}; did you mean \"{}\"?", message, *meant));
  problems.report(entry.place, message, fmt::format("known: {}", fmt::join(keys.known, ", ")));
}

}  // namespace

std::optional<Section> Section::open_free(const Field& field, std::string where, Problems& problems) {
  const Node& node = *field.value;
  Section section;
  section.where_ = std::move(where);
  section.place_ = field.key_place;
  if (node.kind == Node::Kind::nothing) return section;
  if (node.kind != Node::Kind::map) {
    problems.report(field.place(),
                    section.where_.empty()
                        ? "the file must hold keys and their values"
                        : fmt::format("{} must hold keys and their values", section.where_),
                    section.where_.empty() ? "slipway init writes one to begin with"
                                           : "write them below it, or as {key: value}");
    return std::nullopt;
  }
  if (!problems.may_visit(node.entries.size(), section.place_)) return std::nullopt;
  for (const Node::Entry& entry : node.entries)
    section.fields_.push_back({entry.key, entry.place, entry.value});
  return section;
}

std::optional<Section> Section::open(const Field& field, std::string where, const Keys& keys,
                                     Problems& problems) {
  auto section = open_free(field, std::move(where), problems);
  if (!section) return section;
  for (const Node::Entry& entry : field.value->entries) {
    if (among(keys.known, entry.key)) continue;
    if (among(keys.later, entry.key)) {
      const std::string place = section->where_.empty() ? "" : within(section->where_);
      problems.report(entry.place, fmt::format("{}{} is not supported yet", entry.key, place), "remove it");
    } else if (among(keys.misplaced, entry.key)) {
      problems.report(entry.place, fmt::format("{} belongs under an environment", entry.key),
                      "write it there, below environments");
    } else if (const auto found = std::ranges::find(keys.elsewhere, entry.key, &Elsewhere::key);
               found != keys.elsewhere.end()) {
      problems.report(entry.place, fmt::format("{} belongs in {}", entry.key, found->section), found->hint);
    } else {
      report_unknown(entry, section->where_, keys, problems);
    }
  }
  return section;
}

std::optional<Field> Section::find(std::string_view key) const {
  const auto found = std::ranges::find(fields_, key, &Field::key);
  if (found == fields_.end()) return std::nullopt;
  return *found;
}

std::optional<Field> Section::require(std::string_view key, std::string_view example,
                                      Problems& problems) const {
  auto field = find(key);
  if (!field)
    problems.report(place_, fmt::format("{} is missing{}", key, where_.empty() ? "" : within(where_)),
                    fmt::format("add {}", example));
  return field;
}

}  // namespace slipway::config
