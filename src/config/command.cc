#include "config/command.h"

#include <fmt/format.h>

#include "base/placeholder.h"

namespace slipway::config {

std::vector<std::string> read_plain_command(const Field& field, std::string_view whose, std::string_view hint,
                                            Problems& problems) {
  const std::vector<Word> words = read_command(field, problems);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && words[i - 1].text == "-c") continue;
    for (const TextPiece& piece : pieces_of(words[i].text))
      if (piece.kind != TextPiece::Kind::literal) {
        problems.report(words[i].place,
                        fmt::format("{}: nothing is put in for ${{…}} in {}", field.key, whose), hint);
        break;
      }
  }
  return texts(words);
}

}  // namespace slipway::config
