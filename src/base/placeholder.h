#pragma once

#include <string>
#include <string_view>
#include <vector>

// ${NAME} in text, for whoever checks it and whoever replaces it: both must read the same.
namespace slipway {

struct TextPiece {
  enum class Kind {
    literal,    // text as it is meant: "$$" has become "$"
    reference,  // text is the NAME of a ${NAME}
    malformed,  // text is what begins as a reference and isn't one, such as "${A-b}"; "${" alone where no "}"
                // is near
  };
  Kind kind;
  std::string text;
  bool operator==(const TextPiece&) const = default;
};

// [A-Za-z_][A-Za-z0-9_]*
bool is_variable_name(std::string_view text);

// The text in pieces, in their order; no two literals follow each other. "$$" is one "$" everywhere, and a
// "$" before anything but "{" and "$" is itself.
std::vector<TextPiece> pieces_of(std::string_view text);

}  // namespace slipway
