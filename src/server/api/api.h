#pragma once

#include <functional>
#include <string>
#include <variant>

#include "base/json.h"
#include "journal/sqlite_journal.h"
#include "runner/runner.h"
#include "server/api/live.h"
#include "server/api/message.h"
#include "server/api/plan.h"
#include "server/api/route.h"
#include "server/api/users.h"
#include "server/rights.h"

namespace slipway::server {

// The archives that are kept. Answers come on the loop's thread, some at once.
class Artifacts {
 public:
  using Added = std::function<void(Result<std::string>)>;  // the digest
  using Claimed = std::function<void(bool)>;  // it is there, and stays while a deployment is begun

  virtual ~Artifacts() = default;
  virtual void add(const std::filesystem::path& archive, Added added) = 0;
  virtual void claim(const std::string& digest, Claimed claimed) = 0;
};

// What instances printed.
class Logs {
 public:
  struct Question {
    core::Target target;
    int lines = 200;
    std::optional<core::InstanceName> instance;  // nothing: all
  };
  using Told = std::function<void(Result<std::string>)>;
  using Followed = std::function<void(Result<std::unique_ptr<Stream>>)>;

  virtual ~Logs() = default;
  virtual void tell(const Question& question, Told told) = 0;
  virtual void follow(const Question& question, Followed followed) = 0;
};

// Notes and records as they come, as server-sent events.
class Events {
 public:
  virtual ~Events() = default;
  // `after`: a note's id; those since come first, and each target's newest record.
  virtual Result<std::unique_ptr<Stream>> subscribe(std::optional<core::Target> target,
                                                    std::optional<std::int64_t> after) = 0;
};

// The HTTP API without HTTP: docs/api.md. On the loop's thread alone.
class Api {
 public:
  struct World {
    runner::Clock& clock;
    runner::Runner& runner;
    journal::SqliteJournal& journal;
    Artifacts& artifacts;
    Live& live;
    Logs& logs;
    Events& events;
    Users& users;
    std::function<std::optional<Duration>(const core::Target&)> lease_left;  // nothing: there is no lease
    std::string version;                                                     // of the program
    const Rights& rights;                                                    // who may do what
  };
  struct Limits {
    std::uint64_t json = 2 << 20;
    std::uint64_t artifact = 4ULL << 30;
  };
  using Reply = std::function<void(Response)>;

  Api(World world, Limits limits);

  // What the call brings along; or the problem to answer with, before anything of it is read.
  std::expected<Intake, Response> intake(const std::string& method, const std::string& path) const;

  // Answers exactly once: some calls at once, others after work elsewhere.
  void handle(const Request& request, Reply reply);

 private:
  void version(Reply reply);
  void put_artifact(const Request& request, Reply reply);
  void targets(Reply reply);
  void target(const core::Target& target, Reply reply);
  void deploy(const core::Target& target, const Request& request, Reply reply);
  void rollback(const core::Target& target, const Request& request, Reply reply);
  // A command that is nothing but who asks and why.
  template <class Event>
  void order(const core::Target& target, const Request& request, Reply reply);
  // What people say about gates, and the answer to it.
  Result<core::Event> attested(const core::Target& target, const Request& request) const;
  Result<core::Event> overridden(const core::Target& target, const Request& request) const;
  Result<core::Event> frozen(const core::Target& target, const Request& request) const;
  Result<core::Event> unfrozen(const core::Target& target, const Request& request) const;
  Result<core::Event> in_emergency(const core::Target& target, const Request& request) const;
  void say(const core::Target& target, const Request& request, const Result<core::Event>& event, Reply reply);
  void plan(const core::Target& target, const Request& request, Reply reply);
  Result<Response> history(const core::Target& target, const Request& request);
  Result<Response> deployment(const core::Target& target, int number);
  Result<Response> releases(const core::Target& target);
  void logs(const core::Target& target, const Request& request, Reply reply);
  Result<Response> events(const Request& request);
  Result<Response> audit(const Request& request);

  // The answer to somebody who may not do it; nothing: it may be done. The refusal is in the audit trail.
  std::optional<Response> forbidden(const Match& match, const Request& request);
  // The same, of what a call's body asks for beyond the call itself.
  std::optional<Response> forbidden(const core::Target& target, const Request& request,
                                    std::string_view command, std::span<const Right> any_of);

  Result<Proposal> propose(const core::Target& target, const Request& request) const;

  // not_found, naming the targets there are.
  Result<const core::TargetState*> known(const core::Target& target) const;
  Result<Json> view(const core::TargetState& state, const Sight& sight) const;
  // `missing`: what the core lacks, to be said with a refusal.
  Response command(const core::Target& target, const core::Event& event, const std::string& origin,
                   const std::string& missing);
  void begin(const core::Target& target, core::DeployRequested event, const std::string& config,
             const std::string& origin, Reply reply);
  // The release to go back to, with its own configuration; nothing: there is none. Its errors say why it
  // can't be.
  Result<std::optional<core::Request>> earlier(const core::TargetState& state,
                                               std::optional<int> revision) const;

  World world_;
  Limits limits_;
  Time started_;
};

}  // namespace slipway::server
