#include "server/logs.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "server/log_tail.h"

namespace slipway::server {
namespace {

std::string text_of(const std::vector<LogLine>& lines) {
  std::string text;
  for (const LogLine& line : lines) {
    text += line.text;
    text += '\n';
  }
  return text;
}

void append(std::vector<LogLine>& to, std::vector<LogLine> lines) {
  to.insert(to.end(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
}

}  // namespace

class InstanceLogs::Follower final : public Stream {
 public:
  Follower(Places places, Question question) : places_(std::move(places)), question_(std::move(question)) {}

  // Blocks: reads the last lines. Instances that come later are followed from their first line on.
  void begin(const std::vector<core::InstanceName>& instances) {
    const auto count = static_cast<std::size_t>(question_.lines);
    std::vector<LogLine> lines;
    for (const core::InstanceName& instance : instances) {
      append(lines, follow(instance).last(question_.lines));
      lines = merged(std::move(lines), count);
    }
    first_ = text_of(lines);
    scanned_ = std::chrono::steady_clock::now();
  }

  std::optional<std::string> next() override {
    if (!first_.empty()) return std::exchange(first_, {});
    constexpr std::size_t many = 10'000;
    scan();
    std::vector<LogLine> lines;
    for (auto& [instance, tail] : tails_) {
      append(lines, tail.come());
      if (lines.size() > many) break;  // the rest is next
    }
    const std::size_t all = lines.size();
    return text_of(merged(std::move(lines), all));
  }

  Duration patience() const override { return Duration(200); }
  void wake_with(std::function<void()>) override {}

  std::string taken() { return std::exchange(first_, {}); }

 private:
  LogTail& follow(const core::InstanceName& instance) {
    return tails_.try_emplace(instance, instance, places_.file(question_.target, instance)).first->second;
  }

  void scan() {
    constexpr auto interval = std::chrono::seconds(2);
    const auto now = std::chrono::steady_clock::now();
    if (now - scanned_ < interval) return;
    scanned_ = now;
    const auto known = places_.known(question_.target);
    for (const core::InstanceName& instance : known)
      if (!question_.instance || instance == *question_.instance) follow(instance);
    std::erase_if(tails_, [&](const auto& tail) {
      return std::find(known.begin(), known.end(), tail.first) == known.end();
    });
  }

  Places places_;
  Question question_;
  std::map<core::InstanceName, LogTail> tails_;
  std::string first_;
  std::chrono::steady_clock::time_point scanned_;
};

InstanceLogs::InstanceLogs(Loop& loop, drivers::Workers& workers, Places places)
    : loop_(loop), workers_(workers), places_(std::move(places)) {}

Result<std::vector<core::InstanceName>> InstanceLogs::asked_for(const Question& question) const {
  std::vector<core::InstanceName> known = places_.known(question.target);
  std::sort(known.begin(), known.end());
  if (!question.instance) return known;
  if (std::find(known.begin(), known.end(), *question.instance) != known.end())
    return std::vector{*question.instance};
  std::string names;
  for (const core::InstanceName& name : known) names += (names.empty() ? "" : ", ") + name.text();
  return fail(ErrorKind::not_found, "{} has no instance {}{}", question.target.text(),
              question.instance->text(),
              names.empty() ? std::string(", nor any other") : ": its instances are " + names);
}

void InstanceLogs::tell(const Question& question, Told told) {
  follow(question, [told = std::move(told)](Result<std::unique_ptr<Stream>> stream) {
    if (!stream) return told(std::unexpected(std::move(stream.error())));
    told(static_cast<Follower&>(**stream).taken());
  });
}

void InstanceLogs::follow(const Question& question, Followed followed) {
  workers_.run([this, question, followed = std::move(followed)] {
    const auto instances = asked_for(question);
    if (!instances)
      return loop_.post([followed, error = instances.error()] { followed(std::unexpected(error)); });
    const auto follower = std::make_shared<std::unique_ptr<Stream>>();
    auto made = std::make_unique<Follower>(places_, question);
    made->begin(*instances);
    *follower = std::move(made);
    loop_.post([followed, follower] { followed(std::move(*follower)); });
  });
}

}  // namespace slipway::server
