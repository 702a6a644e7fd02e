#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <string>

#include "os/file.h"
#include "shim/shim.h"
#include "support/temp_dir.h"
#include "support/wait.h"

namespace slipway {

inline constexpr Duration soon{10'000};

inline bool runs(pid_t pid) {
  const auto stat = os::read_file(fmt::format("/proc/{}/stat", pid));
  return stat && stat->find(") Z ") == std::string::npos;
}

// A folder for a shim, and the end of whatever lives there when the test is over.
class ShimWorld : public ::testing::Test {
 protected:
  ~ShimWorld() override { static_cast<void>(shim::stop(dir(), Duration(0))); }

  std::filesystem::path dir() const { return temp_ / "shim"; }

  static shim::Spec sh(const std::string& script) {
    shim::Spec spec;
    spec.title = "a title";
    spec.command = {"/bin/sh", "-c", script};
    spec.env = {{"PATH", "/usr/bin:/bin"}};
    spec.directory = "/";
    return spec;
  }

  shim::ShimStatus start(const shim::Spec& spec, const std::map<std::string, std::string>& secrets = {}) {
    const auto started = shim::start(dir(), spec, secrets);
    EXPECT_TRUE(started) << started.error().message;
    return started.value_or(shim::ShimStatus{});
  }

  shim::ShimStatus status() const { return shim::status(dir()).value_or(shim::ShimStatus{}); }

  std::string output() const { return os::read_file(dir() / "output.log").value_or(""); }
  bool prints(const std::string& text) const {
    return eventually(soon, [&] { return output().find(text) != std::string::npos; });
  }
  // "child 4711" in the output → 4711
  pid_t pid_after(const std::string& word) const {
    if (!prints(" out " + word + " ")) return 0;
    const std::string all = output();
    return std::stoi(all.substr(all.find(" out " + word + " ") + word.size() + 6));
  }

  TempDir temp_;
};

}  // namespace slipway
