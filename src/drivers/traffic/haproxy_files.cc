#include "drivers/traffic/haproxy_files.h"

#include <algorithm>

#include "base/digest.h"
#include "core/json.h"
#include "drivers/traffic/routes_json.h"

namespace slipway::drivers::haproxy {
namespace {

constexpr std::string_view ours = "slipway-";
constexpr std::string_view missing = " without";
constexpr std::size_t digits_of_a_mark = 16;

}  // namespace

std::string text(const Description& description) {
  std::string text = std::string(ours) + description.mark;
  if (!description.without.empty()) text += missing;
  for (const std::string& address : description.without) text += " " + address;
  return text;
}

Description parse_description(std::string_view text) {
  Description description;
  if (!text.starts_with(ours)) return description;
  text.remove_prefix(ours.size());
  description.mark = text.substr(0, text.find(' '));
  text.remove_prefix(description.mark.size());
  if (!text.starts_with(missing)) return description;
  text.remove_prefix(missing.size());
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find(' '), text.size());
    description.without.emplace(text.substr(0, end));
    text.remove_prefix(end);
  }
  return description;
}

Files::Part& Files::part(const core::Target& target, const Route& route) {
  Part& part = parts_[target];
  if (!part.structure.empty() && part.routing == route.routing && part.preview_token == route.preview_token)
    return part;
  const Section structure = section(target, structure_of(route), installation_);
  part = {.routing = route.routing,
          .preview_token = route.preview_token,
          .structure = sha256_hex(structure.rules + structure.own),
          .entry = encode_route(target, route),
          .without = {},
          .section = {}};
  return part;
}

Files::Part& Files::with_section(const core::Target& target, const Route& route) {
  Addresses its;
  for (const std::string& address : listeners_of(route.routing))
    if (without_.contains(address)) its.insert(address);
  Part& part = this->part(target, route);
  if (part.section.own.empty() || part.without != its)
    part.section = section(target, route, installation_, its);
  part.without = std::move(its);
  return part;
}

std::string Files::mark_of_parts(const Routes& routes) {
  std::string all = preamble("", installation_);
  for (const auto& [target, route] : routes) all += part(target, route).structure;
  return sha256_hex(all).substr(0, digits_of_a_mark);
}

std::string Files::mark(const Routes& routes) {
  const std::scoped_lock lock(mutex_);
  return mark_of_parts(routes);
}

std::map<std::string, std::string> Files::all(const Routes& routes) {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, std::string> files;
  // A file without entries must be there all the same.
  for (const auto& [file, value] : map_values({}, {})) files[file];
  Description description{.mark = mark_of_parts(routes)};
  std::set<std::string> rules;
  std::string sections;
  std::vector<std::string> entries;
  for (const auto& [target, route] : routes) {
    const Part& its = with_section(target, route);
    description.without.insert(its.without.begin(), its.without.end());
    rules.insert(its.section.rules);
    sections += its.section.own;
    entries.push_back(its.entry);
    for (const auto& [file, value] : map_values(target, route))
      files.at(file) += fmt::format("{} {}\n", frontend_name(target), value);
  }
  // Without any listener HAProxy doesn't begin.
  if (!routes.empty() && sections.find("\n  bind ") == std::string::npos)
    sections += "\nfrontend nobody from base\n  bind unix@nobody.sock mode 600\n";
  std::string& config = files["haproxy.cfg"] = preamble(text(description), installation_);
  for (const std::string& shared : rules) config += shared;
  config += sections;
  files["routes.json"] = encode_routes(entries);
  return files;
}

void Files::forget_others(const Routes& routes) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(parts_, [&](const auto& part) { return !routes.contains(part.first); });
}

bool Files::leave_out(const Addresses& without) {
  const std::scoped_lock lock(mutex_);
  return std::exchange(without_, without) != without;
}

std::string Files::map_file(const std::string& name, const Routes& routes) {
  std::string text;
  for (const auto& [target, route] : routes)
    text += fmt::format("{} {}\n", frontend_name(target), map_values(target, route).at(name));
  return text;
}

}  // namespace slipway::drivers::haproxy
