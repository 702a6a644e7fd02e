#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"

namespace slipway::config {

// A YAML value with its place. An alias is the node that it names, so one node may be met at many places.
struct Node {
  enum class Kind { nothing, scalar, list, map };
  struct Entry {
    std::string key;
    Place place;  // of the key
    const Node* value;
  };

  Kind kind = Kind::nothing;
  Place place;
  std::string text;  // of a scalar
  bool quoted = false;
  bool spelled = false;  // a nothing written as ~ or null, rather than left out
  std::vector<const Node*> items;
  std::vector<Entry> entries;  // no key twice
};

// One YAML document; the nodes belong to it.
struct Document {
  std::deque<Node> nodes;
  const Node* root = nullptr;  // none: the text can't be read any further
};

// Reads the text as YAML and reports what no slipway.yaml may hold, whatever its keys mean: bad syntax or
// encoding, keys given twice, merge keys, tags of one's own, control characters, aliases of themselves,
// several documents.
Document load(std::string_view text, Problems& problems);

}  // namespace slipway::config
