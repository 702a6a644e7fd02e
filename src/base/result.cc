#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace slipway {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
      return "invalid input";
    case ErrorKind::not_found:
      return "not found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::outcome_unknown:
      return "outcome unknown";
    case ErrorKind::internal:
      return "internal error";
  }
  return "internal error";
}

Error Error::within(std::string_view context) && {
  return {kind, fmt::format("{}: {}", context, message)};
}

std::unexpected<Error> fail_errno(int error_number, std::string what) {
  const auto kind = error_number == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable;
  return fail(kind, "{}: {}", what, std::generic_category().message(error_number));
}

}  // namespace slipway
