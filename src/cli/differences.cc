// What differs between environments, and between them and the file.
#include <algorithm>

#include "base/text.h"
#include "cli/render_environments.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

bool same_artifact(View one, View other) {
  return one["digest"].json() == other["digest"].json();
}

class Differences {
 public:
  Differences(const Places& places, Time now) : places_(places), now_(now) {}

  std::vector<std::string> all() {
    for (const Place& here : places_.all)
      for (const std::string& name : here.after) {
        const auto before = std::ranges::find(places_.all, name, &Place::name);
        if (before != places_.all.end()) compare(here, *before);
      }
    for (const Place& here : places_.all) add_changes(here);
    return std::move(sentences_);
  }

 private:
  template <class... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) {
    sentences_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  std::string since(const Place& place) const {
    const auto since = View(place.target)["since"].time();
    if (!since) return "";
    const std::string text = since_text(since, now_);
    return fmt::format(" (since {})",
                       text.ends_with(" ago") ? text.substr(0, text.size() - 4) : text + " UTC");
  }

  void compare(const Place& here, const Place& before) {
    const View ours = here.stable(), theirs = before.stable();
    if (!theirs) {
      if (ours)
        say("{} runs {}; nothing runs in {}, where it is to succeed first", here.name, version_of(ours),
            before.name);
      else
        say("nothing runs in {} and {} yet; {} takes what has succeeded in {}", here.name, before.name,
            here.name, before.name);
    } else if (!ours) {
      say("nothing runs in {} yet; {} runs {}{}{}", here.name, before.name, version_of(theirs), since(before),
          how_to_bring(here, before));
    } else if (same_artifact(ours, theirs)) {
      if (version_of(ours) != version_of(theirs))
        say("{} and {} run the same artifact under two names: {} and {}", here.name, before.name,
            version_of(ours), version_of(theirs));
    } else if (version_of(ours) == version_of(theirs)) {
      say("{} and {} both run {}, of different artifacts: {} and {}{}", here.name, before.name,
          version_of(ours), short_digest(ours), short_digest(theirs), how_to_bring(here, before));
    } else if (ours["revision"].number() > theirs["revision"].number()) {
      say("{} runs {}{}, which is newer than the {} of {}", here.name, version_of(ours), since(here),
          version_of(theirs), before.name);
    } else {
      say("{} runs {}; {} of {}{} isn't there yet{}", here.name, version_of(ours), version_of(theirs),
          before.name, since(before), how_to_bring(here, before));
    }
  }

  // After the rest of a sentence.
  std::string how_to_bring(const Place& here, const Place& before) const {
    const View deployment = View(here.target)["deployment"];
    if (deployment && !deployment["undoing"].yes() && same_artifact(deployment["release"], before.stable()))
      return fmt::format(": it is on its way, deployment {}", deployment["number"].number());
    const bool bakes = View(before.target)["deployment"]["promoted"].time().has_value();
    return fmt::format(": slipway deploy {} --from {}{}{}", here.name, before.name,
                       places_.file.empty() ? "" : " -f " + places_.file,
                       bakes ? fmt::format(", once its bake in {} is over", before.name) : "");
  }

  void add_changes(const Place& here) {
    if (!here.changes || here.changes->empty()) return;
    constexpr std::size_t most = 6;
    std::vector<std::string> words(*here.changes);
    if (words.size() > most) {
      const std::size_t more = words.size() - (most - 1);
      words.resize(most - 1);
      words.push_back(fmt::format("{} more", more));
    }
    say("{} runs with another configuration than {}: {}", here.name,
        places_.file.empty() ? "slipway.yaml" : places_.file, listed(words));
  }

  const Places& places_;
  Time now_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> differences(const Places& places, Time now) {
  return Differences(places, now).all();
}

}  // namespace slipway::cli
