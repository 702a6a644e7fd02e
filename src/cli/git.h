#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::cli {

// What git says of the work tree that a folder is in. Where there is no git, no work tree, or no answer in
// time, it says nothing. Never asks a person, nor anybody over a network.
class Git {
 public:
  enum class Tree { clean, changed };  // files that git doesn't know don't count
  struct Head {
    std::string commit;
    std::string branch;  // empty: none is checked out
    Tree tree = Tree::clean;
  };

  Git(std::filesystem::path folder, std::map<std::string, std::string> environment);

  bool is_there() const;  // the folder is in a work tree
  std::optional<Head> head() const;
  // What is in one commit and not in the other: "4f2a9c1 Mend the cart", newest first. 100 lines at most: the
  // last one then tells how many more there are.
  std::vector<std::string> changes(const std::string& since, const std::string& until) const;

 private:
  std::optional<std::string> say(std::vector<std::string> arguments) const;

  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
};

}  // namespace slipway::cli
