#include "cli/failure.h"

namespace slipway::cli {
namespace {

Exit exit_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
    case ErrorKind::not_found:
      return Exit::usage;
    case ErrorKind::conflict:
    case ErrorKind::refused:
    case ErrorKind::unavailable:
      return Exit::refused;
    case ErrorKind::outcome_unknown:
    case ErrorKind::internal:
      return Exit::internal;
  }
  return Exit::internal;
}

std::string_view label(Exit exit) {
  switch (exit) {
    case Exit::refused:
      return "refused: ";
    case Exit::internal:
      return "internal error: ";
    case Exit::done:
    case Exit::usage:
    case Exit::undone:
    case Exit::unreachable:
      return "";
  }
  return "";
}

}  // namespace

Failure::Failure(Error from) : exit(exit_of(from.kind)), error(std::move(from)) {}

std::string Failure::text() const {
  const std::string_view before = label(exit);
  return error.message.starts_with(before) ? error.message : std::string(before) + error.message;
}

Json Failure::problem() const {
  Json json{{"type", "about:blank"},
            {"title", name(error.kind)},
            {"kind", name(error.kind)},
            {"detail", error.message},
            {"exit", static_cast<int>(exit)}};
  if (details.is_object()) json.update(details);
  return json;
}

}  // namespace slipway::cli
