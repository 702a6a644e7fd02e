#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace slipway {

// A kind exists only where a caller branches on it.
enum class ErrorKind {
  invalid_input,    // what was given can't be right; the message says how to mend it
  not_found,        // what was named isn't there
  conflict,         // it exists already, or somebody else holds it
  refused,          // understood, and not allowed now
  unavailable,      // may work later: retry
  outcome_unknown,  // it may or may not have happened: observe, then decide
  internal,         // ours
};

std::string_view name(ErrorKind kind);  // "not_found"
// Of a name, with '_' or ' ' between its words, as older shims write it; internal where it isn't known.
ErrorKind kind_named(std::string_view name);

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;

  // The same error, seen from a layer further out: "while reading slipway.yaml: …".
  Error within(std::string_view context) &&;
  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

template <class... Args>
std::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{kind, fmt::format(format, std::forward<Args>(args)...)});
}

// unavailable, with what errno means appended: "cannot open x: No such file or directory".
std::unexpected<Error> fail_errno(int error_number, std::string what);

}  // namespace slipway

#define SLIPWAY_CONCAT_(a, b) a##b
#define SLIPWAY_CONCAT(a, b) SLIPWAY_CONCAT_(a, b)

// TRY(auto x, f()): x is f()'s value, or the error is returned from here.
#define TRY(declaration, expression)                                              \
  auto SLIPWAY_CONCAT(result_, __LINE__) = (expression);                          \
  if (!SLIPWAY_CONCAT(result_, __LINE__))                                         \
    return std::unexpected(std::move(SLIPWAY_CONCAT(result_, __LINE__).error())); \
  declaration = *std::move(SLIPWAY_CONCAT(result_, __LINE__))

#define TRY_VOID(expression)                                                  \
  do {                                                                        \
    auto try_result_ = (expression);                                          \
    if (!try_result_) return std::unexpected(std::move(try_result_.error())); \
  } while (false)
