#include "cli/follow.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "cli/render.h"
#include "cli/sse.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Duration retry_first{100};
constexpr Duration retry_most{2000};

// Knows how far the timeline was shown, and how the deployment ended.
class Follower {
 public:
  Follower(Desk& desk, const TargetName& target, Awaited awaited)
      : desk_(desk),
        target_(target),
        deployment_(awaited.deployment),
        goal_(awaited.goal),
        since_(awaited.since) {}

  Outcome<Json> run() {
    Duration pause = retry_first;
    Clock::time_point heard = Clock::now();
    refresh();  // so that the stream needn't begin with all that ever was
    while (!end_ && !problem_) {
      opened_ = false;
      auto streamed = desk_.client.stream("/api/v1/events?target=" + escaped(target_.text()), listener());
      if (problem_ || end_) break;
      if (!streamed && streamed.error().exit != Exit::unreachable) return std::unexpected(streamed.error());
      if (opened_) {
        heard = Clock::now();
        pause = retry_first;
      }
      if (Clock::now() - heard > desk_.around.patience) return std::unexpected(gave_up(streamed));
      if (!opened_ && !said_away_) say("the daemon is away; waiting for it");
      if (!opened_) said_away_ = true;
      ::poll(nullptr, 0, static_cast<int>(pause.count()));
      pause = std::min(pause * 2, retry_most);
    }
    if (problem_) return std::unexpected(*std::move(problem_));
    return verdict();
  }

 private:
  Listener listener() {
    Listener listener{.begins =
                          [this] {
                            opened_ = true;
                            if (std::exchange(said_away_, false)) say("the daemon is back");
                            refresh();
                          },
                      .takes =
                          [this, reader = EventReader([this](const ServerEvent& event) { take(event); })](
                              std::string_view piece) mutable {
                            reader.feed(piece);
                            return !end_ && !problem_;
                          }};
    listener.headers.push_back(fmt::format("Last-Event-ID: {}", last_note_));
    return listener;
  }

  // The stream tells what comes from now on: what was decided before is in the record.
  void refresh() {
    auto answer = desk_.client.get(fmt::format("{}/deployments/{}", target_.path(), deployment_));
    if (answer) {
      for (const Json& note : View(answer->body)["notes"]) show(note);
      look_at(answer->body);
    } else if (answer.error().error.kind == ErrorKind::not_found) {
      expect_queued();
    } else if (answer.error().exit != Exit::unreachable) {
      problem_ = std::move(answer.error());
    }
  }

  // One that waits for its turn has no record yet.
  void expect_queued() {
    auto answer = desk_.client.get(target_.path());
    if (!answer) return;
    const View target(answer->body);
    if (target["queued"]["number"].number() == deployment_ ||
        target["deployment"]["number"].number() == deployment_ ||
        target["last"]["number"].number() == deployment_)
      return;
    problem_ =
        Failure(Exit::undone,
                Error{ErrorKind::refused,
                      fmt::format("deployment {} never began: another one took its place", deployment_)});
  }

  void take(const ServerEvent& event) {
    const auto json = parse_json(event.data);
    if (!json) return;
    if (event.event == "note") show(*json);
    if (event.event != "record") return;
    if (View(*json)["record"]["number"].number() == deployment_) look_at((*json)["record"]);
  }

  void show(const Json& json) {
    const View note(json);
    if (note["id"].number() <= last_note_) return;
    last_note_ = note["id"].number();
    const bool ours =
        note["deployment"].number() == deployment_ && note["time"].time().value_or(since_) >= since_;
    if (ours && desk_.format == Format::lines) desk_.out.write(render_note(note));
  }

  void look_at(const Json& json) {
    const View record(json);
    // A release that goes back by being deployed is decided as any other; one that goes back by a switch was
    // promoted once, and is decided when it is gone.
    if (record["ended"] || (ends_by_promotion(record) && record["promoted"])) end_ = json;
  }

  bool ends_by_promotion(const View& record) const {
    if (goal_ == Goal::promoted) return true;
    return record["kind"].text() == "rollback" && record["promoted"].time().value_or(since_) >= since_;
  }

  Outcome<Json> verdict() {
    const View record(*end_);
    const std::string outcome = record["outcome"].text();
    const bool promoted = outcome == "promoted" || (outcome == "under_way" && record["promoted"]);
    const bool deployed = ends_by_promotion(record);
    const bool reached = deployed ? promoted : outcome == "rolled_back" || outcome == "aborted";
    // Aborting a rollback that is being deployed is an abort all the same.
    if (reached || (goal_ == Goal::returned && outcome == "aborted")) return *std::move(end_);
    std::string text = fmt::format("{} at {}: {}", record["release"]["version"].text(), target_.text(),
                                   outcome_text(record));
    if (const std::string cause = record["cause"].text(); !cause.empty()) text += ": " + cause;
    return std::unexpected(Failure(Exit::undone, Error{ErrorKind::refused, text}, {{"record", *end_}}));
  }

  Failure gave_up(const Outcome<void>& streamed) const {
    std::string text = fmt::format("the daemon was away for {}; deployment {} goes on when it is back",
                                   format_duration(desk_.around.patience), deployment_);
    if (!streamed) text += ": " + streamed.error().error.message;
    return Failure(Exit::unreachable, Error{ErrorKind::unavailable, text});
  }

  void say(std::string_view text) { desk_.err.line(fmt::format("{}  {}", clock(desk_.around.now()), text)); }

  Desk& desk_;
  const TargetName& target_;
  int deployment_;
  Goal goal_;
  Time since_;
  std::int64_t last_note_ = 0;
  bool opened_ = false;
  bool said_away_ = false;
  std::optional<Json> end_;
  std::optional<Failure> problem_;
};

}  // namespace

Outcome<Json> follow(Desk& desk, const TargetName& target, Awaited awaited) {
  return Follower(desk, target, awaited).run();
}

}  // namespace slipway::cli
