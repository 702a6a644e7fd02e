#pragma once

#include <filesystem>
#include <memory>

#include "drivers/hand.h"
#include "os/fd.h"
#include "server/api/api.h"
#include "server/loop.h"

namespace slipway::server {

// HTTP/1.1 on a unix socket, for the API: reads calls, bounded in size and time, and writes what it answers.
class HttpServer {
 public:
  struct Settings {
    std::filesystem::path incoming;  // where archives are written while they arrive
    Duration head{10'000};           // for the head of a call, from its first byte
    Duration body{30'000};           // for a JSON body, and for every 64 KiB of an archive
    Duration idle{75'000};           // between calls of one connection
    Duration write{30'000};          // for the client to take what is written to it
    int connections = 256;
  };

  // Serves from now on, on the loop's thread; files are written by `workers`.
  HttpServer(Loop& loop, Api& api, drivers::Workers& workers, os::Fd listener, Settings settings);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace slipway::server
