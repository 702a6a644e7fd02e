#include "drivers/checks/alert_commands.h"

#include "base/check.h"
#include "base/log.h"
#include "os/file.h"

namespace slipway::drivers {
namespace {

using core::Outcome;

constexpr Duration timeout{60'000};
constexpr std::string_view begun = "begun\n";
constexpr std::string_view ended = "ended\n";  // and in the rest of the file how

Outcome done(std::string message) {
  Outcome outcome;
  outcome.message = std::move(message);
  return outcome;
}

const core::RunAlertCommand& order_of(const core::Effect& effect) {
  const auto* run = std::get_if<core::RunAlertCommand>(&effect.body);
  CHECK(run != nullptr);
  return *run;
}

}  // namespace

// "shop,production,41.0": no name holds a comma.
std::filesystem::path AlertCommands::file(const core::EffectId& id) const {
  return dir_ / fmt::format("{},{},{}.{}", id.target.service, id.target.environment, id.event, id.ordinal);
}

std::optional<Outcome> AlertCommands::observe(const core::Effect& effect) {
  const std::string& alert = order_of(effect).alert.name;
  const auto text = os::read_file(file(effect.id));
  if (!text && text.error().kind == ErrorKind::not_found) return std::nullopt;
  if (text && text->starts_with(ended)) return done(text->substr(ended.size()));
  return done(fmt::format(
      "the command of the alert {} was begun before the daemon was restarted, and how it ended isn't known; "
      "it isn't run again",
      alert));
}

Outcome AlertCommands::perform(const core::Effect& effect) {
  const core::RunAlertCommand& run = order_of(effect);
  const std::filesystem::path path = file(effect.id);
  // What can't be written down could be run twice.
  Status written = os::make_dirs(dir_);
  if (written)
    if (auto before = observe(effect)) return *std::move(before);
  {
    const std::lock_guard lock(mutex_);
    files_.insert(path);
  }
  if (written) written = os::write_atomically(path, begun);
  if (!written)
    return done(fmt::format("the command of the alert {} isn't run, as that it begins can't be noted: {}",
                            run.alert.name, written.error().message));
  using Metric = core::Alert::Metric;
  const checks::Order order{
      .target = effect.id.target,
      .release = run.release,
      .command = run.alert.command,
      .env = {{"SLIPWAY_ID", effect.id.text()},
              {"SLIPWAY_ALERT", run.alert.name},
              {"SLIPWAY_METRIC", run.alert.metric == Metric::errors ? "errors" : "latency"},
              {"SLIPWAY_VALUE", fmt::format("{}", run.value)}},
      .timeout = timeout};
  const auto ran = commands_.run(order);
  Outcome outcome = done(
      ran ? fmt::format("the command of the alert {} {}", run.alert.name, describe(*ran, order))
          : fmt::format("the command of the alert {} can't be run: {}", run.alert.name, ran.error().message));
  written = os::write_atomically(path, std::string(ended) + outcome.message);
  if (!written)
    log_warning("how the command of the alert {} ended can't be noted: {}", run.alert.name,
                written.error().message);
  return outcome;
}

void AlertCommands::forget(const core::EffectId& id) {
  const std::filesystem::path path = file(id);
  const std::lock_guard lock(mutex_);
  if (files_.erase(path) == 0) return;
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) log_warning("{} can't be removed: {}", path.native(), error.message());
}

void AlertCommands::keep_only(const std::set<core::EffectId>& open) {
  std::set<std::filesystem::path> kept, others;
  for (const core::EffectId& id : open) kept.insert(file(id));
  const std::lock_guard lock(mutex_);
  std::error_code error;
  for (std::filesystem::directory_iterator entry(dir_, error), end; !error && entry != end;
       entry.increment(error))
    (kept.contains(entry->path()) ? files_ : others).insert(entry->path());
  for (const std::filesystem::path& path : others) std::filesystem::remove(path, error);
}

}  // namespace slipway::drivers
