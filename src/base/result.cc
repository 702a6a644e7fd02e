#include "base/result.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace slipway {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
      return "invalid_input";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::outcome_unknown:
      return "outcome_unknown";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

ErrorKind kind_named(std::string_view text) {
  std::string word(text);
  std::ranges::replace(word, ' ', '_');
  for (const ErrorKind kind :
       {ErrorKind::invalid_input, ErrorKind::not_found, ErrorKind::conflict, ErrorKind::refused,
        ErrorKind::unavailable, ErrorKind::outcome_unknown, ErrorKind::internal})
    if (name(kind) == word) return kind;
  return ErrorKind::internal;
}

Error Error::within(std::string_view context) && {
  return {kind, fmt::format("{}: {}", context, message)};
}

std::unexpected<Error> fail_errno(int error_number, std::string what) {
  const auto kind = error_number == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable;
  return fail(kind, "{}: {}", what, std::generic_category().message(error_number));
}

}  // namespace slipway
