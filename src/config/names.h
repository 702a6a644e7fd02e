#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/section.h"

namespace slipway::config {

// Lowercase letters, digits, - and _, a letter first, 40 characters at most: it becomes part of folder and
// proxy names.
bool check_name(std::string_view kind, const Word& name, Problems& problems);

// A path of an HTTP request: begins with /, and holds nothing that would end it.
std::optional<std::string> read_path(const Field& field, Problems& problems);

// What a Host header says: a name or an address, and a port where it isn't the usual one.
std::optional<std::string> read_host(const Field& field, Problems& problems);

// A web address as it stands: http:// or https://, a host, and nothing that a request couldn't carry.
std::optional<std::string> read_web_address(const Field& field, Problems& problems);

// One line of text, 200 bytes at most. `kind` is what it is: "the name of a check".
std::optional<Word> read_line(const Field& field, std::string_view kind, std::string_view hint,
                              Problems& problems);

// The names of one kind of thing, no two of them the same.
class UniqueNames {
 public:
  explicit UniqueNames(std::string kind) : kind_(std::move(kind)) {}  // "smoke test"

  // The name that the section says, reported where it is missing, taken, or more than a line; empty then.
  std::string read(const Section& section, Problems& problems);

 private:
  std::string kind_;
  std::map<std::string, int> lines_;  // of each name
};

// A token of HTTP, which the names of headers (RFC 9110) and cookies (RFC 6265) are.
bool is_token(std::string_view text);

// Of ASCII's letters.
std::string lowercase(std::string text);

}  // namespace slipway::config
