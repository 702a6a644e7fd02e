#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "cli/judge_replay.h"

namespace {

using slipway::Result;

// What the judge says of a file that comes in pieces of so many bytes, or what is wrong with it.
std::string judged(std::string_view text, std::size_t piece) {
  namespace cli = slipway::cli;
  namespace judge = slipway::judge;
  cli::CsvReader reader("requests.csv", [text, piece](char* buffer, std::size_t size) mutable {
    const std::size_t count = std::min({size, piece, text.size()});
    std::copy_n(text.data(), count, buffer);
    text.remove_prefix(count);
    return Result<std::size_t>(count);
  });
  auto rows = cli::RecordedRequests::open(std::move(reader));
  if (!rows) return rows.error().message;
  const auto read = cli::judge_recorded(*rows, judge::Settings{}, std::nullopt);
  if (!read) {
    CHECK(read.error().message.starts_with("requests.csv:"));
    return read.error().message;
  }
  const auto& word = read->word;
  CHECK(word.canary >= 0 && word.stable >= 0);
  CHECK(word.share >= 0 && word.share <= 1);
  CHECK(word.evidence.evidence >= 0 && !std::isnan(word.evidence.evidence));
  CHECK(word.evidence.requests >= 0 && word.evidence.errors >= 0);
  CHECK(word.evidence.errors <= word.evidence.requests);
  return judge::sentence(word.evidence);
}

}  // namespace

// Whatever a file of requests holds is judged or refused, and alike wherever its pieces are cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t most = 1024;  // ten minutes may lie between two rows, and each second is judged
  if (size == 0 || size > most) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  CHECK(judged(text, size) == judged(text, 1 + bytes[0] % 64U));
  return 0;
}
