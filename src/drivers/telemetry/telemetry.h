#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "drivers/telemetry/endpoint.h"
#include "judge/experience.h"

namespace slipway::drivers::telemetry {

// What HAProxy records of users' requests, received on a loopback port by a thread of its own and added up
// by backend, instance and second. Port and token stay the same from one daemon to the next (telemetry.json
// in the directory), so that the proxy goes on sending to the right place.
class Telemetry {
 public:
  // Begins to receive. unavailable: no port could be opened.
  static Result<std::unique_ptr<Telemetry>> open(const std::filesystem::path& directory);
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  const Endpoint& endpoint() const;

  struct Batch {
    struct Backend {
      std::map<Time, std::map<int, judge::Cell>> cells;  // second → slot → what was experienced
      std::int64_t recorded = 0;                         // records, previews too
    };
    std::map<std::string, Backend> backends;  // by HAProxy's name
    std::int64_t received = 0;                // records of the proxy
    std::optional<Time> newest;               // when the newest of them was asked, by the proxy's clock
    Duration put_back{};                      // how far that clock was put back, if it was
    std::int64_t lost = 0;                    // that the proxy wrote and nobody received, by their sequence
    std::int64_t repeated = 0;                // that came twice, and count once
    std::int64_t forged = 0;                  // lines without the token, ignored
    std::int64_t malformed = 0;               // lines with it that can't be read
  };
  // What was received since the last call, from any thread.
  Batch take();

  // When the last request that the backend got was asked, previews apart. Everything that the proxy had sent
  // before the call is counted. Blocks for 100 ms at most.
  std::optional<Time> last_request(const std::string& backend);

  // From now on the cells of the frontend's backends have `betting`: sessions are new to it, also those that
  // were followed before. For when a deployment begins, and when stable's rate of recording rises, which
  // brings sessions along that had not been seen although they were there: among new ones they would be too
  // many of stable's. Takes a megabyte until they are forgotten. From any thread.
  void follow_sessions(const std::string& frontend);
  void forget_sessions(const std::string& frontend);

 private:
  struct Impl;
  explicit Telemetry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::drivers::telemetry
