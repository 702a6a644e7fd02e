#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/effect.h"

namespace slipway::drivers {

// FOLDER/instance.json: what an instance was started as, and the port that it keeps when it is started again.
struct InstanceRecord {
  int port = 0;
  core::Release release;
  // Nothing: an earlier build wrote the record.
  std::optional<std::vector<std::string>> command;  // as written, as all below
  std::optional<core::EnvironmentVariables> env;    // secrets by reference
  bool operator==(const InstanceRecord&) const = default;
};

InstanceRecord record_of(const core::StartInstance& start, int port);

// Whether the instance is what `start` asks for, as far as the record tells. Its drain may differ.
bool is_of(const InstanceRecord& record, const core::StartInstance& start);

// Nothing where there is none that can be understood.
std::optional<InstanceRecord> read_record(const std::filesystem::path& folder);
Status write_record(const std::filesystem::path& folder, const InstanceRecord& record);

}  // namespace slipway::drivers
