#include "config/environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/choice.h"
#include "config/gates.h"
#include "config/listen.h"
#include "config/names.h"
#include "config/run.h"
#include "config/sticky.h"

namespace slipway::config {
namespace {

constexpr std::size_t most_environments = 100;

const Keys& environment_keys() {
  static const Keys keys = [] {
    Keys all{known_for_environments()};
    for (const char* key : {"instances", "env", "strategy"}) all.known.emplace_back(key);
    return all;
  }();
  return keys;
}

struct Taken {
  Listen listen;
  std::string by;  // "staging", "the preview of staging"
};

void take(const Listen& listen, const Word& word, std::string_view key, std::string by,
          std::vector<Taken>& taken, Problems& problems) {
  const auto other =
      std::ranges::find_if(taken, [&](const Taken& one) { return one.listen.overlaps(listen); });
  if (other != taken.end())
    problems.report(word.place, fmt::format("{}: {} is taken by {}", key, word.text, other->by),
                    key == "listen" ? "each environment needs an address or a port of its own"
                                    : "a preview needs an address or a port of its own");
  taken.push_back({listen, std::move(by)});
}

std::string read_listen(const Field& field, const std::string& environment, std::vector<Taken>& taken,
                        Problems& problems) {
  const auto word = read_text(field, problems);
  if (!word) return "";
  const auto listen = parse_listen(word->text);
  if (!listen) {
    problems.report(word->place, fmt::format("listen: \"{}\" is not an address and a port", word->text),
                    "write it as 127.0.0.1:8080, 0.0.0.0:8080 for every address, or [::1]:8080");
    return "";
  }
  take(*listen, *word, "listen", environment, taken, problems);
  return word->text;
}

// Whoever reaches a preview sees a release that no user is to see yet.
std::string read_preview(const Field& field, const std::string& environment, std::vector<Taken>& taken,
                         Problems& problems) {
  const auto word = read_text(field, problems);
  if (!word) return "";
  const auto listen = parse_listen(word->text);
  if (!listen) {
    problems.report(word->place, fmt::format("preview: \"{}\" is not an address and a port", word->text),
                    "write it as 127.0.0.1:9080 or [::1]:9080");
    return "";
  }
  if (!listen->loopback()) {
    problems.report(word->place, fmt::format("preview: {} can be reached from other machines", word->text),
                    "write an address of this machine alone, such as 127.0.0.1:9080 or [::1]:9080");
    return "";
  }
  take(*listen, *word, "preview", "the preview of " + environment, taken, problems);
  return word->text;
}

// Slipway deploys when somebody asks; what would ask by itself is still to come.
bool read_auto_deploy(const Field& field, const std::string& where, Problems& problems) {
  const bool by_itself = read_truth(field, problems).value_or(false);
  if (by_itself)
    problems.report(field.key_place, fmt::format("auto_deploy: true in {} is not supported yet", where),
                    "remove it, or write false: each deployment is asked for");
  return by_itself;
}

core::Environment read_environment(const Field& field, Variables& variables, Neighbours& neighbours,
                                   std::vector<Taken>& taken, Files& files, Problems& problems) {
  core::Environment environment;
  environment.name = field.key;
  check_name("environment", {field.key, field.key_place}, problems);
  const std::string where = "environments." + field.key;
  const auto section = Section::open(field, where, environment_keys(), problems);
  if (!section) return environment;

  const auto text = [&](std::string_view key, std::string& into) {
    if (const auto found = section->find(key))
      if (auto word = read_text(*found, problems)) into = std::move(word->text);
  };
  text("purpose", environment.purpose);
  text("branch", environment.branch);
  if (const auto url = section->find("url")) environment.url = read_web_address(*url, problems).value_or("");
  if (const auto auto_deploy = section->find("auto_deploy"))
    environment.auto_deploy = read_auto_deploy(*auto_deploy, where, problems);
  if (const auto listen = section->require("listen", "listen: 127.0.0.1:8080", problems))
    environment.listen = read_listen(*listen, field.key, taken, problems);
  if (const auto preview = section->find("preview"))
    environment.preview = read_preview(*preview, field.key, taken, problems);
  if (const auto instances = section->find("instances"))
    environment.instances = read_whole(*instances, 1, most_instances, problems);
  if (const auto env = section->find("env")) variables = read_variables(*env, where + ".env", problems);
  environment.env = variables.values;
  if (const auto strategy = section->find("strategy"))
    environment.canary =
        read_choice<bool>(*strategy, {{"blue_green", false}, {"canary", true}}, "a strategy", problems)
            .value_or(false);
  environment.sticky = by_own_cookie;
  if (const auto sticky = section->find("sticky")) environment.sticky = read_sticky(*sticky, where, problems);
  if (const auto trusted = section->find("trusted_proxies"))
    environment.sticky.trusted_proxies = read_trusted_proxies(*trusted, environment.sticky, problems);
  environment.gates = read_gates(*section, neighbours, files, problems);
  return environment;
}

}  // namespace

const std::vector<std::string>& known_for_environments() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all{"purpose", "url",     "branch", "auto_deploy",
                                 "listen",  "preview", "sticky", "trusted_proxies"};
    all.insert(all.end(), gate_keys().begin(), gate_keys().end());
    return all;
  }();
  return keys;
}

ReadEnvironments read_environments(const Field& field, Files& files, Problems& problems) {
  ReadEnvironments read;
  const auto section = Section::open_free(field, "environments", problems);
  if (!section) return read;
  if (section->fields().empty())
    problems.report(section->place(), "environments is empty",
                    "add one, such as production: {listen: 127.0.0.1:8080}");
  if (section->fields().size() > most_environments) {
    problems.report(section->place(), fmt::format("there are {} environments", section->fields().size()),
                    fmt::format("{} is the most", most_environments));
    return read;
  }
  std::vector<Taken> taken;
  std::vector<Neighbours> neighbours;
  for (const Field& one : section->fields()) {
    BoundVariables bound{one.key, {}};
    neighbours.push_back({one.key, {}, {}});
    read.environments.push_back(
        read_environment(one, bound.variables, neighbours.back(), taken, files, problems));
    read.variables.push_back(std::move(bound));
  }
  check_neighbours(neighbours, problems);
  return read;
}

}  // namespace slipway::config
