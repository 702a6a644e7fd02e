#include "cli/target.h"

#include <algorithm>

#include "config/config.h"
#include "os/file.h"

namespace slipway::cli {
namespace {

constexpr std::string_view usual_file = "slipway.yaml";
constexpr std::size_t longest_file = 2U << 20;

struct Words {
  std::string service, environment;  // the service may be empty
};

Outcome<Words> split(const std::string& written) {
  const auto slash = written.find('/');
  Words words = slash == std::string::npos ? Words{"", written}
                                           : Words{written.substr(0, slash), written.substr(slash + 1)};
  if (words.environment.empty() || words.environment.contains('/') || (slash == 0))
    return fail_with(Exit::usage, ErrorKind::invalid_input,
                     "\"{}\" names no environment: write production, or shop/production", written);
  return words;
}

std::filesystem::path place_of(const Desk& desk, const std::string& file) {
  return desk.around.directory / (file.empty() ? std::string(usual_file) : file);
}

Result<std::string> read_file(const Desk& desk, const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = place_of(desk, file);
  if (std::filesystem::is_directory(path, error))
    return fail(ErrorKind::invalid_input, "{} is a directory: name a file, such as {}",
                file.empty() ? usual_file : file,
                (std::filesystem::path(file.empty() ? "." : file) / usual_file).lexically_normal().string());
  return os::read_file(path, longest_file);
}

// The name of the service in the file, however wrong the rest of it is.
Outcome<std::optional<std::string>> service_of_file(const Desk& desk, const std::string& file) {
  const auto text = read_file(desk, file);
  if (!text && !file.empty())
    return fail_with(Exit::usage, ErrorKind::invalid_input, "{}", text.error().message);
  if (!text) return std::nullopt;
  std::string name = config::parse(*text).service.name;
  if (name.empty() && !file.empty())
    return fail_with(Exit::usage, ErrorKind::invalid_input,
                     "{} names no service: look with: slipway validate {}", file, file);
  if (name.empty()) return std::nullopt;
  return name;
}

}  // namespace

std::string TargetName::path() const {
  return "/api/v1/targets/" + escaped(service) + "/" + escaped(environment);
}

View target_of(View targets, const TargetName& name) {
  for (const Json& json : targets) {
    const View target = View(json)["target"];
    if (target["service"].text() == name.service && target["environment"].text() == name.environment)
      return View(json);
  }
  static const Json nothing;
  return View(nothing);
}

Outcome<Configuration> read_configuration(const Desk& desk, const std::string& file) {
  const std::string shown = file.empty() ? std::string(usual_file) : file;
  auto text = read_file(desk, file);
  if (!text && text.error().kind == ErrorKind::not_found)
    return fail_with(Exit::usage, ErrorKind::invalid_input,
                     "there is no {}: write one to start from with slipway init, or name yours with -f FILE",
                     shown);
  if (!text) return fail_with(Exit::usage, ErrorKind::invalid_input, "{}", text.error().message);
  // The files that it names lie beside it, and go along with its text.
  config::Parsed parsed = config::parse(*text, [&](const std::string& named) -> Result<std::string> {
    return os::read_file(place_of(desk, file).parent_path() / named, longest_file);
  });
  if (parsed.problems.empty())
    return Configuration{std::move(parsed.whole), std::move(parsed.service),
                         place_of(desk, file).parent_path()};
  std::string rendered = config::render(parsed.problems, *text, shown);
  while (rendered.ends_with('\n')) rendered.pop_back();
  Json problems = Json::array();
  for (const config::Problem& problem : parsed.problems)
    problems.push_back({{"line", problem.line},
                        {"column", problem.column},
                        {"message", problem.message},
                        {"hint", problem.hint}});
  return std::unexpected(Failure(Exit::usage, Error{ErrorKind::invalid_input, std::move(rendered)},
                                 {{"file", shown}, {"problems", std::move(problems)}}));
}

Outcome<TargetName> resolve(const Named& named, const Configuration& configuration) {
  TRY(const Words words, split(named.environment));
  const core::Service& service = configuration.service;
  const std::string file = named.file.empty() ? std::string(usual_file) : named.file;
  if (!words.service.empty() && words.service != service.name)
    return fail_with(Exit::usage, ErrorKind::invalid_input,
                     "{} is the configuration of {}, not of {}: name the right one with -f FILE", file,
                     service.name, words.service);
  if (const auto bound = core::bind(service, words.environment); !bound)
    return fail_with(Exit::usage, ErrorKind::not_found, "{}: {}", file, bound.error().message);
  return TargetName{service.name, words.environment};
}

Outcome<TargetName> resolve(Desk& desk, const Named& named) {
  TRY(const Words words, split(named.environment));
  if (!words.service.empty()) return TargetName{words.service, words.environment};
  TRY(const auto from_file, service_of_file(desk, named.file));
  if (from_file) return TargetName{*from_file, words.environment};

  TRY(const Answer answer, desk.client.get("/api/v1/targets"));
  std::vector<std::string> found, all;
  for (const Json& json : View(answer.body)["targets"]) {
    const View target = View(json)["target"];
    all.push_back(target["service"].text() + "/" + target["environment"].text());
    if (target["environment"].text() == words.environment) found.push_back(target["service"].text());
  }
  if (found.size() == 1) return TargetName{found.front(), words.environment};
  if (all.empty())
    return fail_with(Exit::usage, ErrorKind::not_found,
                     "nothing was deployed to {} yet: slipway deploy {} --version V", words.environment,
                     words.environment);
  if (found.empty())
    return fail_with(Exit::usage, ErrorKind::not_found, "no service has an environment {}; there are: {}",
                     words.environment, fmt::join(all, ", "));
  return fail_with(Exit::usage, ErrorKind::invalid_input,
                   "{} services have an environment {}: write which one: {}/{}", found.size(),
                   words.environment, fmt::join(found, fmt::format("/{}, ", words.environment)),
                   words.environment);
}

Outcome<TargetName> resolve_new(Desk& desk, const Named& named) {
  TRY(TargetName target, resolve(desk, named));
  const auto configuration = read_configuration(desk, named.file);
  if (!configuration || configuration->service.name != target.service) return target;
  const auto bound = core::bind(configuration->service, target.environment);
  if (bound) return target;
  const auto known = desk.client.get(target.path());
  if (known) return target;
  if (known.error().error.kind != ErrorKind::not_found) return std::unexpected(known.error());
  return fail_with(Exit::usage, ErrorKind::not_found, "{}: {}",
                   named.file.empty() ? std::string(usual_file) : named.file, bound.error().message);
}

}  // namespace slipway::cli
