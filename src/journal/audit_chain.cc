#include "journal/audit_chain.h"

#include <fmt/format.h>

#include <charconv>

#include "base/digest.h"

namespace slipway::journal {

std::string hash_of(std::string_view previous, std::int64_t number, const runner::AuditEntry& entry) {
  Sha256 digest;
  const auto add = [&](std::string_view field) {
    digest.update(std::to_string(field.size()));
    digest.update(":");
    digest.update(field);
  };
  add("slipway audit 1");  // the encoding
  add(previous);
  add(std::to_string(number));
  add(std::to_string(entry.time.time_since_epoch().count()));
  add(entry.target);
  add(std::to_string(entry.event));
  add(entry.by);
  add(entry.origin);
  add(entry.command);
  add(entry.subject);
  add(entry.reason);
  add(entry.accepted ? "accepted" : "refused");
  add(entry.message);
  add(std::to_string(entry.deployment));
  return digest.hex();
}

std::string to_text(const AuditHead& head) {
  return fmt::format("{} {}\n", head.count, head.hash);
}

Result<AuditHead> read_head(std::string_view text) {
  AuditHead head;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.count);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.ends_with('\n')) text.remove_suffix(1);
  const bool fits = error == std::errc() && head.count >= 0 && text.starts_with(' ') &&
                    text.size() == first_hash.size() + 1 &&
                    text.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
  if (!fits) return fail(ErrorKind::invalid_input, "it isn't a count and a hash");
  head.hash = text.substr(1);
  return head;
}

}  // namespace slipway::journal
