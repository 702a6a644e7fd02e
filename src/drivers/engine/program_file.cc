#include "drivers/engine/program_file.h"

#include <sys/stat.h>

#include "os/command.h"

namespace slipway::drivers {
namespace {

enum class Found { nothing, no_file, not_executable, program };

Found look_at(const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) < 0) return Found::nothing;
  if (!S_ISREG(info.st_mode)) return Found::no_file;
  return (info.st_mode & 0111) != 0 ? Found::program : Found::not_executable;
}

}  // namespace

Result<std::string> program_file(const std::string& word, const std::filesystem::path& artifact,
                                 const std::string& path) {
  if (word.empty()) return fail(ErrorKind::invalid_input, "the first word of the command is empty");
  const bool has_slash = word.find('/') != std::string::npos;
  const bool is_absolute = word.starts_with('/');
  const auto relative = std::filesystem::path(word).lexically_normal();
  if (!is_absolute && *relative.begin() == "..")
    return fail(ErrorKind::invalid_input, "the command {} leads out of the artifact; name a file inside it",
                word);

  const std::filesystem::path file = is_absolute ? relative : artifact / relative;
  const std::string_view where = is_absolute ? "on this machine" : "in the artifact";
  switch (look_at(file)) {
    case Found::program:
      return file.string();
    case Found::not_executable:
      return fail(ErrorKind::invalid_input,
                  "the command {} is {}, but isn't executable; chmod +x it before you deploy", word, where);
    case Found::no_file:
      if (has_slash)
        return fail(ErrorKind::invalid_input, "the command {} is {}, but isn't a file", word, where);
      break;
    case Found::nothing:
      if (has_slash)
        return fail(ErrorKind::invalid_input, "the command {} isn't {}; see that the build puts it there",
                    word, where);
      break;
  }
  auto found = os::find_program(word, path);
  if (found) return found;
  return fail(
      ErrorKind::invalid_input,
      "the command {} is neither in the artifact nor in PATH ({}); a file of the artifact is written as ./{}",
      word, path, word);
}

}  // namespace slipway::drivers
