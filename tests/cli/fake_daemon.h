#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "os/fd.h"

namespace slipway::test {

struct Asked {
  std::string method, path, head, body;
};

struct Said {
  int status = 200;
  std::string body;
};

// A daemon's socket in a directory, behind which a function answers, one thread for each connection.
class FakeDaemon {
 public:
  using Answer = std::function<Said(const Asked&)>;

  FakeDaemon(const std::filesystem::path& data, Answer answer);
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  std::vector<Asked> asked() const;

 private:
  void serve();
  void talk(int fd);

  Answer answer_;
  os::Fd listener_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

}  // namespace slipway::test
