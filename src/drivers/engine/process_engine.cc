#include "drivers/engine/process_engine.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <random>

#include "base/check.h"
#include "drivers/engine/expand.h"
#include "drivers/engine/instance_record.h"
#include "drivers/engine/program_file.h"
#include "drivers/engine/secrets.h"
#include "os/file.h"
#include "os/net.h"
#include "os/user.h"

namespace slipway::drivers {
namespace {

namespace fs = std::filesystem;
using core::Outcome;

constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// "7-2"
std::optional<core::InstanceName> instance_named(std::string_view text) {
  core::InstanceName name;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, name.deployment);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return {};
  const auto second = std::from_chars(first.ptr + 1, end, name.ordinal);
  if (second.ec != std::errc{} || second.ptr != end || name.text() != text) return {};
  return name;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_directory(ignored)) found.push_back(entry->path());
  std::ranges::sort(found);
  return found;
}

Outcome done(int port) {
  Outcome outcome;
  outcome.port = port;
  return outcome;
}

// What is wrong with the request stays wrong; everything else may be better in a moment.
Outcome outcome_of_start(Error error) {
  const bool is_lasting = error.kind == ErrorKind::invalid_input;
  return is_lasting ? Outcome::failed(std::move(error.message))
                    : Outcome::unavailable(std::move(error.message));
}

Result<os::User> whom(const std::string& name) {
  os::User self = os::current_user();
  if (name.empty() || name == self.name) return self;
  if (::geteuid() != 0)
    return fail(
        ErrorKind::invalid_input,
        "instances are to run as the user {}, which takes a daemon that root started; this one runs as {}",
        name, self.name);
  auto user = os::find_user(name);
  if (user || user.error().kind != ErrorKind::not_found) return user;
  return fail(ErrorKind::invalid_input,
              "instances are to run as the user {}, whom this machine doesn't know; add it "
              "(useradd --system {}), or name another one",
              name, name);
}

// A zero byte would silently cut off the rest.
Status check_text(const Expanded& expanded) {
  for (const auto& word : expanded.command)
    if (word.find('\0') != std::string::npos)
      return fail(ErrorKind::invalid_input, "the command holds a zero byte");
  for (const auto& [name, value] : expanded.env)
    if (name.empty() || (name + value).find('\0') != std::string::npos || name.find('=') != std::string::npos)
      return fail(ErrorKind::invalid_input, "the variable \"{}\" of env can't be given to a program", name);
  return {};
}

}  // namespace

struct ProcessEngine::Prepared {
  InstanceRecord record;
  shim::Spec spec;
  std::map<std::string, std::string> secrets;
};

ProcessEngine::ProcessEngine(Settings settings, const ArtifactStore& artifacts)
    : settings_(std::move(settings)), artifacts_(artifacts) {
  CHECK(settings_.port_from > 0 && settings_.port_from <= settings_.port_to && settings_.port_to < 65'536);
}

fs::path ProcessEngine::folder(const core::Target& target, const core::InstanceName& instance) const {
  for (const std::string& part : {target.service, target.environment})
    CHECK(!part.empty() && part != "." && part != ".." && part.find('/') == std::string::npos);
  return settings_.dir / target.service / target.environment / instance.text();
}

fs::path ProcessEngine::log(const core::Target& target, const core::InstanceName& instance) const {
  return folder(target, instance) / "output.log";
}

Result<shim::ShimStatus> ProcessEngine::status(const core::Target& target,
                                               const core::InstanceName& instance) const {
  return shim::status(folder(target, instance));
}

std::optional<Outcome> ProcessEngine::observe(const core::Effect& effect) {
  if (const auto* start = std::get_if<core::StartInstance>(&effect.body)) {
    const fs::path place = folder(effect.id.target, start->instance);
    const auto lives = shim::status(place);
    const auto record = read_record(place);
    if (lives && !lives->stopping && record && is_of(*record, *start)) return done(record->port);
    return {};
  }
  const auto* stop = std::get_if<core::StopInstance>(&effect.body);
  CHECK(stop != nullptr);
  const auto vacant = shim::is_vacant(folder(effect.id.target, stop->instance));
  if (vacant && *vacant) return Outcome{};
  return {};
}

Outcome ProcessEngine::perform(const core::Effect& effect) {
  if (const auto* begin = std::get_if<core::StartInstance>(&effect.body))
    return start(effect.id.target, *begin);
  const auto* stop = std::get_if<core::StopInstance>(&effect.body);
  CHECK(stop != nullptr);
  const Status stopped = shim::stop(folder(effect.id.target, stop->instance), stop->drain);
  return stopped ? Outcome{} : Outcome::unavailable(stopped.error().message);
}

Outcome ProcessEngine::start(const core::Target& target, const core::StartInstance& start) {
  const fs::path place = folder(target, start.instance);
  const auto lives = shim::status(place);
  if (!lives && lives.error().kind != ErrorKind::not_found) return outcome_of_start(lives.error());
  if (lives) {
    const auto record = read_record(place);
    if (lives->stopping)
      return Outcome::unavailable(fmt::format("instance {} is still being stopped", start.instance.text()));
    if (record && is_of(*record, start)) return done(record->port);
    // Its record is gone, and with it the port; or it is another deployment's: numbers come again where an
    // older journal was put back.
  }
  // Also where no shim lives: what one that was killed left behind may hold the port.
  if (const Status stopped = shim::stop(place, start.drain); !stopped)
    return outcome_of_start(stopped.error());
  const auto port = claim_port(place);
  if (!port) return outcome_of_start(port.error());
  const auto prepared = prepare(target, start, *port);
  Outcome outcome = prepared ? launch(place, *prepared) : outcome_of_start(prepared.error());
  release_port(*port);
  return outcome;
}

Result<ProcessEngine::Prepared> ProcessEngine::prepare(const core::Target& target,
                                                       const core::StartInstance& start, int port) const {
  const core::Release& release = start.release;
  if (!artifacts_.has(release.digest))
    return fail(ErrorKind::invalid_input, "the artifact {} of {} {} isn't in store any more; deploy it again",
                release.digest, target.service, release.version);
  if (start.command.empty()) return fail(ErrorKind::invalid_input, "run.command is empty");
  const fs::path artifact = fs::absolute(artifacts_.path(release.digest));
  TRY(const os::User user, whom(settings_.user));

  std::map<std::string, std::string> given{{"PORT", std::to_string(port)},
                                           {"SLIPWAY_SERVICE", target.service},
                                           {"SLIPWAY_ENVIRONMENT", target.environment},
                                           {"SLIPWAY_VERSION", release.version},
                                           {"SLIPWAY_REVISION", std::to_string(release.revision)},
                                           {"SLIPWAY_INSTANCE", start.instance.text()}};
  core::EnvironmentVariables env = start.env;
  for (const auto& [name, value] : given) env.erase(name);
  env.emplace("PATH", std::string(default_path));
  env.emplace("HOME", user.home);

  Prepared prepared;
  TRY(Expanded expanded, expand(start.command, env, given));
  TRY_VOID(check_text(expanded));
  TRY(prepared.secrets, resolve_secrets(env));
  TRY(expanded.command.front(), program_file(expanded.command.front(), artifact,
                                             expanded.env.contains("PATH") ? expanded.env["PATH"] : ""));
  prepared.record = record_of(start, port);
  prepared.spec = {.title = fmt::format("{} {}", target.text(), start.instance.text()),
                   .command = std::move(expanded.command),
                   .env = std::move(expanded.env),
                   .directory = artifact,
                   .user = user.uid == ::geteuid() ? "" : user.name};
  return prepared;
}

Outcome ProcessEngine::launch(const fs::path& place, const Prepared& prepared) {
  // The port is on disk before anything uses it.
  if (const Status written = write_record(place, prepared.record); !written)
    return Outcome::unavailable(written.error().message);
  {
    const std::lock_guard lock(mutex_);
    read_ports();
    ports_[place] = prepared.record.port;
  }
  const auto started = shim::start(place, prepared.spec, prepared.secrets, settings_.shim_program);
  if (!started) return outcome_of_start(started.error());
  if (started->problem.empty()) return done(prepared.record.port);
  // It was there and executable, and still can't be run: trying again is for when somebody has mended it.
  static_cast<void>(shim::stop(place, Duration(0)));
  return Outcome::failed(started->problem);
}

void ProcessEngine::read_ports() const {
  if (std::exchange(ports_read_, true)) return;
  for (const auto& service : folders_in(settings_.dir))
    for (const auto& environment : folders_in(service))
      for (const auto& place : folders_in(environment))
        if (const auto record = read_record(place)) ports_[place] = record->port;
}

Result<int> ProcessEngine::claim_port(const fs::path& place) {
  const std::lock_guard lock(mutex_);
  read_ports();
  std::multimap<int, fs::path> recorded;
  for (const auto& [other, port] : ports_)
    if (other != place) recorded.emplace(port, other);
  const auto is_free = [&](int port) { return !claimed_.contains(port) && os::port_is_free(port); };
  // An instance that is between two starts doesn't listen, and its port is its own all the same.
  const auto is_given_up = [&](int port) {
    const auto [from, to] = recorded.equal_range(port);
    return std::all_of(from, to, [](const auto& other) {
      const auto vacant = shim::is_vacant(other.second);
      return vacant && *vacant;
    });
  };
  const auto claim = [&](int port) {
    claimed_.insert(port);
    return port;
  };

  if (const auto before = read_record(place); before && is_free(before->port) && is_given_up(before->port))
    return claim(before->port);
  const int count = settings_.port_to - settings_.port_from + 1;
  const int offset = static_cast<int>(std::random_device{}() % static_cast<unsigned>(count));
  const auto nth = [&](int i) { return settings_.port_from + (offset + i) % count; };
  // Those that no instance was ever given come first: one that ended may be on its way up again.
  for (int i = 0; i < count; ++i)
    if (const int port = nth(i); !recorded.contains(port) && is_free(port)) return claim(port);
  for (int i = 0; i < count; ++i)
    if (const int port = nth(i); recorded.contains(port) && is_free(port) && is_given_up(port))
      return claim(port);
  return fail(ErrorKind::unavailable,
              "no port from {} to {} is free; stop something, or give instances a wider range",
              settings_.port_from, settings_.port_to);
}

void ProcessEngine::release_port(int port) {
  const std::lock_guard lock(mutex_);
  claimed_.erase(port);
}

std::vector<core::InstanceName> ProcessEngine::known(const core::Target& target) const {
  std::vector<core::InstanceName> names;
  for (const auto& place : folders_in(folder(target, {}).parent_path()))
    if (const auto name = instance_named(place.filename().string())) names.push_back(*name);
  std::ranges::sort(names);
  return names;
}

Status ProcessEngine::prune(const core::Target& target, int keep, const std::set<int>& in_use) const {
  const auto names = known(target);
  std::set<int, std::greater<>> deployments;
  for (const auto& name : names) deployments.insert(name.deployment);
  while (static_cast<int>(deployments.size()) > std::max(keep, 0))
    deployments.erase(std::prev(deployments.end()));
  for (const auto& name : names) {
    if (deployments.contains(name.deployment) || in_use.contains(name.deployment)) continue;
    const auto lives = status(target, name);
    if (lives || lives.error().kind != ErrorKind::not_found) continue;
    // The folder says whose they are: what is left of it goes first.
    if (!shim::stop(folder(target, name), Duration(0))) continue;
    std::error_code error;
    fs::remove_all(folder(target, name), error);
    const std::lock_guard lock(mutex_);
    ports_.erase(folder(target, name));
    if (error)
      return fail(ErrorKind::unavailable, "cannot remove {}: {}", folder(target, name).string(),
                  error.message());
  }
  return {};
}

}  // namespace slipway::drivers
