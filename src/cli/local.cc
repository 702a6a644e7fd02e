// The commands that need no daemon.
#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "config/config.h"

namespace slipway::cli {
namespace {

// What may stand for a service's name, made of a directory's.
std::string service_name(const std::filesystem::path& directory) {
  std::string name;
  for (const char c : directory.filename().string()) {
    const bool upper = c >= 'A' && c <= 'Z';
    const char lower = upper ? static_cast<char>(c - 'A' + 'a') : c;
    const bool fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9' && !name.empty());
    if (fits)
      name += lower;
    else if (!name.empty() && !name.ends_with('-'))
      name += '-';
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "shop" : name;
}

std::vector<std::string> names(const std::vector<core::Environment>& environments) {
  std::vector<std::string> list;
  for (const core::Environment& environment : environments) list.push_back(environment.name);
  return list;
}

}  // namespace

Outcome<void> init(Desk& desk, const Init& options) {
  const std::string text =
      config::starter(options.service.empty() ? service_name(desk.around.directory) : options.service);
  const std::filesystem::path path = desk.around.directory / "slipway.yaml";
  const os::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file && errno == EEXIST)
    return fail_with(Exit::usage, ErrorKind::conflict,
                     "slipway.yaml is there already and stays as it is: move it away first, to start anew");
  if (!file)
    return fail_with(Exit::internal, ErrorKind::unavailable, "cannot write {}: {}", path.string(),
                     std::strerror(errno));
  Writer writer(file.get());
  writer.write(text);
  if (writer.error_number() != 0) {
    ::unlink(path.c_str());
    return fail_with(Exit::internal, ErrorKind::unavailable, "cannot write {}: {}", path.string(),
                     std::strerror(writer.error_number()));
  }
  if (desk.format == Format::json)
    desk.print({{"file", "slipway.yaml"}});
  else
    desk.out.line("wrote slipway.yaml; make it yours, then look at it with: slipway validate");
  return {};
}

Outcome<void> validate(Desk& desk, const Validate& options) {
  TRY(const Configuration configuration, read_configuration(desk, options.file));
  const core::Service& service = configuration.service;
  if (desk.format == Format::json) {
    Json environments = Json::array();
    for (const core::Environment& environment : service.environments)
      environments.push_back(environment.name);
    desk.print(
        {{"file", options.file}, {"service", service.name}, {"environments", std::move(environments)}});
  } else {
    desk.out.line(fmt::format("{}: fine: service {}, environment{} {}", options.file, service.name,
                              service.environments.size() == 1 ? "" : "s",
                              listed(names(service.environments))));
  }
  return {};
}

}  // namespace slipway::cli
