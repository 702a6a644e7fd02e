#include "scenario/sweep.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>
#include <utility>

#include "scenario/scenario.h"

namespace slipway::scenario {

namespace {

// A script that was played to its end.
struct Played {
  Crashes crashes = Crashes::never();
  std::vector<std::size_t> begins;  // of each command: how many boundaries were reached before it
  Json ending;
};

Played play(const Script& script, Crashes crashes, const Interference& interference, People people) {
  Scenario scenario(std::move(crashes), interference, people);
  Played played;
  for (const std::string& command : script.commands) {
    played.begins.push_back(scenario.crashes().reached().size());
    scenario.run(command);
  }
  played.crashes = scenario.crashes();
  played.ending = scenario.ending();
  return played;
}

// A script in which the daemon is started again where it noticed nothing of the time that passed (lag), or of
// the clock that was put forward (jump). One that dies there before it could journal what it noticed leaves
// the next one to see that it was away for so long, and no more: that is the one other end that a crash may
// have.
std::optional<Script> restarted_after_sleep(const Script& script) {
  Script other = script;
  for (std::string& command : other.commands)
    for (const std::string_view verb : {"lag ", "jump "})
      if (command.starts_with(verb)) command = "asleep " + command.substr(verb.size());
  if (other.commands == script.commands) return std::nullopt;
  return other;
}

// The lines that differ, those of the plain run with a minus.
std::string difference(const Json& plain, const Json& other) {
  std::string text;
  for (const Json& change : Json::diff(plain, other)) {
    const Json::json_pointer path(change.at("path").get<std::string>());
    const std::string& op = change.at("op").get_ref<const std::string&>();
    text += "    " + path.to_string() + ": ";
    text += op == "add" ? "nothing" : plain.at(path).dump();
    text += " became " + (op == "remove" ? "nothing" : change.at("value").dump()) + "\n";
  }
  return text;
}

class Player {
 public:
  Player(const Script& script, const Interference& interference, Sweep& sweep)
      : script_(script),
        interference_(interference),
        sweep_(sweep),
        plain_(play(script, Crashes::never(), interference, People::look)) {
    if (const auto other = restarted_after_sleep(script))
      asleep_ = play(*other, Crashes::never(), interference, People::look).ending;
  }

  void play_all() {
    const std::size_t boundaries = plain_.crashes.reached().size();
    ++sweep_.scenarios;
    sweep_.boundaries += static_cast<int>(boundaries);
    for (std::size_t at = 0; at < boundaries; ++at) {
      const std::size_t next_life = try_at({at});
      for (std::size_t second = at + 1; second <= at + next_life; ++second) try_at({at, second});
      try_at({at, at + 1, at + 2});
      compare(play(script_, Crashes::at({at}), interference_, People::ask_again), at,
              describe(plain_.crashes.reached()[at]) + ", asked again");
    }
    compare(play(script_, Crashes::everywhere(), interference_, People::look), 0, "every boundary");
  }

 private:
  // How many boundaries the life after the last crash passed before it was told anything new.
  std::size_t try_at(const std::set<std::size_t>& which) {
    const Played played = play(script_, Crashes::at(which), interference_, People::look);
    std::string boundary;
    for (const std::size_t one : which)
      if (one < played.crashes.reached().size())
        boundary += (boundary.empty() ? "" : ", then ") + describe(played.crashes.reached()[one]);
    compare(played, *which.begin(), boundary);
    return played.crashes.recovering();
  }

  void compare(const Played& played, std::size_t first, const std::string& boundary) {
    ++sweep_.runs;
    sweep_.crashes += played.crashes.count();
    if (played.ending == plain_.ending) return;
    if (played.ending == asleep_) {
      ++sweep_.asleep;
      return;
    }
    const auto after = std::ranges::upper_bound(plain_.begins, first);
    const auto line = static_cast<std::size_t>(after - plain_.begins.begin()) - 1;
    sweep_.failures.push_back(
        {script_.name, script_.commands[line], boundary, difference(plain_.ending, played.ending)});
  }

  const Script& script_;
  const Interference& interference_;
  Sweep& sweep_;
  Played plain_;
  std::optional<Json> asleep_;
};

}  // namespace

std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(SLIPWAY_TEST_DATA "/scenarios"))
    found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

Script read_script(const std::filesystem::path& path) {
  Script script{path.stem().string(), {}};
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("> ")) script.commands.push_back(line.substr(2));
  return script;
}

// Each script has a world of its own, so they are played side by side; what came of them is told in their
// order.
Sweep sweep(const std::vector<Script>& scripts, const Interference& interference) {
  std::vector<Sweep> each(scripts.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < scripts.size(); i = next++)
      Player(scripts[i], interference, each[i]).play_all();
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back(work);
    work();
  }
  Sweep all;
  for (const Sweep& swept : each) {
    all.scenarios += swept.scenarios;
    all.boundaries += swept.boundaries;
    all.runs += swept.runs;
    all.crashes += swept.crashes;
    all.asleep += swept.asleep;
    all.failures.insert(all.failures.end(), swept.failures.begin(), swept.failures.end());
  }
  return all;
}

}  // namespace slipway::scenario
