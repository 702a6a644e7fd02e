#pragma once

#include <filesystem>

#include "base/json_fwd.h"
#include "os/process.h"
#include "shim/shim.h"

// What lies in a shim's folder, and how it is written.
namespace slipway::shim {

struct Folder {
  std::filesystem::path dir;
  std::filesystem::path spec() const { return dir / "spec.json"; }
  std::filesystem::path lock() const { return dir / "shim.lock"; }  // held while a shim lives
  std::filesystem::path socket() const { return dir / "shim.sock"; }
  std::filesystem::path identity() const { return dir / "shim.json"; }
  std::filesystem::path exit() const { return dir / "exit.json"; }
  std::filesystem::path output() const { return dir / "output.log"; }
};

// DIR/shim.json: whom to kill when the shim doesn't answer.
struct Lives {
  int protocol = 0;
  os::Identity shim;
  std::optional<os::Identity> program;
};

// As they lie in the folder. not_found where there is no such file, invalid_input where it can't be
// understood.
Result<Spec> read_spec(const Folder& folder);
Result<Lives> read_lives(const Folder& folder);

void to_json(Json& json, const Spec& spec);
void from_json(const Json& json, Spec& spec);
void to_json(Json& json, const Exit& exit);
void from_json(const Json& json, Exit& exit);
void to_json(Json& json, const ShimStatus& status);
void from_json(const Json& json, ShimStatus& status);
void to_json(Json& json, const Lives& lives);
void from_json(const Json& json, Lives& lives);

// {"v":1,"ok":false,"error":…} and back. An answer that isn't one is unavailable.
Json answer(const Result<ShimStatus>& status);
Result<ShimStatus> read_answer(std::string_view line);

}  // namespace slipway::shim
