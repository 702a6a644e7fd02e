#include "cli/watch.h"

#include <chrono>
#include <map>
#include <vector>

#include "cli/interrupts.h"
#include "cli/render.h"
#include "cli/screen.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

using Clock = std::chrono::steady_clock;
// A daemon that hangs must not keep Ctrl-C from being heard for long.
constexpr std::chrono::seconds answer_limit{5};

enum class Subject { one, all };  // targets

// One look: the targets, and the timeline of the one that is named.
struct Look {
  Json body, record;
};

// What each look is shown by.
class Eye {
 public:
  Eye() = default;
  virtual ~Eye() = default;
  Eye(const Eye&) = delete;
  Eye& operator=(const Eye&) = delete;
  virtual void show(const Look& look) = 0;
  virtual void away(Time since) = 0;  // the daemon doesn't answer; said again at each try
  virtual void back() = 0;
};

class TerminalEye : public Eye {
 public:
  TerminalEye(Desk& desk, Subject subject)
      : desk_(desk), subject_(subject), screen_(desk.around.out, desk.out) {}

  void show(const Look& look) override {
    const Time now = desk_.around.now();
    const View body(look.body);
    const std::size_t columns = screen_.size().columns;
    frame_ = subject_ == Subject::one
                 ? render_watch(body, View(look.record), now, desk_.paint, columns)
                 : render_targets(body["targets"], now, desk_.paint, {columns, LongLines::folded});
    draw(desk_.paint.dim("Ctrl-C ends this view, and nothing else"));
  }
  void away(Time since) override {
    draw(desk_.paint.red(fmt::format("the daemon is away since {}; waiting for it", clock(since))));
  }
  void back() override {}

 private:
  void draw(const std::string& footer) {
    screen_.draw(with_glyphs(frame_, desk_.glyphs), "  " + with_glyphs(footer, desk_.glyphs));
  }
  Desk& desk_;
  Subject subject_;
  Screen screen_;
  std::string frame_;
};

// Lines and JSON both: what is printed is what differs from the time before.
class ChangeEye : public Eye {
 public:
  ChangeEye(Desk& desk, Subject subject) : desk_(desk), subject_(subject) {}

  void show(const Look& look) override {
    if (desk_.format == Format::lines) show_notes(View(look.record));
    if (subject_ == Subject::one) return show_target(look.body);
    for (const Json& target : View(look.body)["targets"]) show_target(target);
  }
  void away(Time) override {
    if (!std::exchange(said_away_, true)) say("the daemon is away; waiting for it");
  }
  void back() override {
    if (std::exchange(said_away_, false)) say("the daemon is back");
  }

 private:
  void show_target(const Json& json) {
    const View target(json);
    std::string& last = last_[place(target["target"])];
    const bool lines = desk_.format == Format::lines;
    const Time now = desk_.around.now();
    const ChangeLine line = change_line(target, now);
    const std::string key = lines ? line.key : essence(target).dump(-1, ' ', false, replace);
    if (std::exchange(last, key) == key) return;
    if (!lines) return desk_.out.line(json.dump(-1, ' ', false, replace));
    desk_.show(
        fmt::format("{}  {}{}\n", clock(now), line.key, line.figures.empty() ? "" : ": " + line.figures));
  }
  // What was there before anybody looked is history.
  void show_notes(View record) {
    const bool first = !std::exchange(looked_, true);
    for (const Json& json : record["notes"]) {
      const View note(json);
      if (note["id"].number() <= last_note_) continue;
      last_note_ = note["id"].number();
      if (!first) desk_.show(render_note(note));
    }
  }
  void say(std::string_view text) { desk_.err.line(fmt::format("{}  {}", clock(desk_.around.now()), text)); }

  static constexpr auto replace = Json::error_handler_t::replace;
  Desk& desk_;
  Subject subject_;
  std::map<std::string, std::string> last_;  // by place
  std::int64_t last_note_ = 0;
  bool looked_ = false;
  bool said_away_ = false;
};

Outcome<Look> look_at(Desk& desk, const std::optional<TargetName>& target) {
  TRY(Answer answer, desk.client.get(target ? target->path() : "/api/v1/targets", answer_limit));
  Look look{std::move(answer.body), nullptr};
  if (!target) return look;
  const View body(look.body);
  const View record = body["deployment"] ? body["deployment"] : body["last"];
  if (!record) return look;
  // Without its timeline the view is still worth showing.
  if (auto whole = desk.client.get(
          fmt::format("{}/deployments/{}", target->path(), record["number"].number()), answer_limit))
    look.record = std::move(whole->body);
  return look;
}

Failure gave_up(const Desk& desk, const Failure& last) {
  return Failure(
      Exit::unreachable,
      Error{ErrorKind::unavailable, fmt::format("the daemon was away for {}: {}",
                                                format_duration(desk.around.patience), last.error.message)});
}

Outcome<void> go_on(Desk& desk, const std::optional<TargetName>& target, Eye& eye, Interrupts& interrupts) {
  Clock::time_point heard = Clock::now();
  Time answered = desk.around.now();
  while (desk.out.error_number() == 0) {
    auto look = look_at(desk, target);
    if (look) {
      heard = Clock::now();
      answered = desk.around.now();
      eye.back();
      eye.show(*look);
    } else if (look.error().exit != Exit::unreachable) {
      return std::unexpected(std::move(look.error()));
    } else {
      eye.away(answered);
      if (Clock::now() - heard > desk.around.patience) return std::unexpected(gave_up(desk, look.error()));
    }
    if (interrupts.wait(desk.around.refresh) == Interrupts::Woken::interrupted) return {};
  }
  return {};
}

}  // namespace

Outcome<void> watch(Desk& desk, const std::optional<TargetName>& target) {
  // One that doesn't answer at all, or knows no such target, is told as anywhere else.
  TRY_VOID(look_at(desk, target));
  Interrupts interrupts;
  const Subject subject = target ? Subject::one : Subject::all;
  if (desk.around.terminal && desk.format == Format::lines) {
    TerminalEye eye(desk, subject);
    return go_on(desk, target, eye, interrupts);
  }
  ChangeEye eye(desk, subject);
  return go_on(desk, target, eye, interrupts);
}

}  // namespace slipway::cli
