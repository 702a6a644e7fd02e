#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "config/document.h"
#include "config/problems.h"

namespace slipway::config {

// A value under its key, as messages call it.
struct Field {
  std::string key;
  Place key_place;
  const Node* value;

  // What to underline: the value where it is one word, else its key.
  Place place() const { return value->kind == Node::Kind::scalar ? value->place : key_place; }
};

// A key that is known in another section.
struct Elsewhere {
  std::string key;
  std::string section;
  std::string hint;
};

struct Keys {
  std::vector<std::string> known;
  std::vector<std::string> later{};      // planned: refused by name
  std::vector<std::string> misplaced{};  // known, and below an environment instead
  std::vector<Elsewhere> elsewhere{};
};

// A map whose keys have been checked. A map that is left empty has none.
class Section {
 public:
  // Nothing, with a report, where the value isn't a map. `where` is what messages call it: "run",
  // "environments.staging"; empty for the whole file.
  static std::optional<Section> open(const Field& field, std::string where, const Keys& keys,
                                     Problems& problems);
  // The same, of a map whose keys are anyone's.
  static std::optional<Section> open_free(const Field& field, std::string where, Problems& problems);

  std::optional<Field> find(std::string_view key) const;
  const std::vector<Field>& fields() const { return fields_; }  // in the order written

  // As find, and a report where the key is missing. `example` is what to add.
  std::optional<Field> require(std::string_view key, std::string_view example, Problems& problems) const;

  const std::string& where() const { return where_; }
  Place place() const { return place_; }

 private:
  std::string where_;
  Place place_;
  std::vector<Field> fields_;
};

// Text and where it stands.
struct Word {
  std::string text;
  Place place;
};

// Each reports what is wrong and gives nothing then.
std::optional<Word> read_text(const Field& field, Problems& problems);
std::optional<int> read_whole(const Field& field, int least, int most, Problems& problems);
std::optional<bool> read_truth(const Field& field, Problems& problems);
std::optional<Duration> read_duration(const Field& field, Duration least,
                                      Problems& problems);  // 30 d at most
std::optional<Duration> read_duration(const Field& field, Duration least, Duration most, Problems& problems);
std::vector<Word> read_command(const Field& field, Problems& problems);

// The items, each under its list's key; a list left empty has none.
std::vector<Field> read_list(const Field& field, Problems& problems);

std::vector<std::string> texts(const std::vector<Word>& words);

}  // namespace slipway::config
