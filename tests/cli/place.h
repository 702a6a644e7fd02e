#pragma once

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/run.h"

namespace slipway::test {

struct Typed {
  int code = -1;
  std::string out, err;
};

// A directory of one's own to type commands in; "data" in it is the data directory.
class Place {
 public:
  Place() {
    char name[] = "/tmp/slipway-cli-XXXXXX";
    root_ = ::mkdtemp(name);
    std::filesystem::create_directory(data());
  }
  ~Place() { std::filesystem::remove_all(root_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path data() const { return root_ / "data"; }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(root_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Typed type(std::vector<std::string> words) const {
    const cli::Surroundings around = surroundings();
    Typed typed;
    typed.code = cli::run(std::move(words), around);
    typed.out = all_of(around.out);
    typed.err = all_of(around.err);
    ::close(around.out);
    ::close(around.err);
    return typed;
  }

  // With output and errors in files of their own, for whoever closes them.
  cli::Surroundings surroundings() const {
    cli::Surroundings around;
    around.out = ::memfd_create("out", MFD_CLOEXEC);
    around.err = ::memfd_create("err", MFD_CLOEXEC);
    around.environment = {{"SLIPWAY_DATA", data().string()}};
    around.directory = root_;
    around.user = 1000;
    around.version = "0.0.1";
    around.now = [] { return Time(Duration(1'763'906'400'000)); };  // 2025-11-23T14:00:00Z
    around.patience = patience;
    around.serve = [this](const cli::ServeOptions& options) {
      served = options;
      return 0;
    };
    return around;
  }

  static std::string all_of(int fd) {
    struct stat seen{};
    if (::fstat(fd, &seen) != 0) return "";
    std::string text(static_cast<std::size_t>(seen.st_size), '\0');
    [[maybe_unused]] const auto size = ::pread(fd, text.data(), text.size(), 0);
    return text;
  }

  Duration patience{20'000};
  mutable std::optional<cli::ServeOptions> served;

 private:
  std::filesystem::path root_;
};

}  // namespace slipway::test
