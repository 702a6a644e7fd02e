#include "server/api/problem.h"

#include "base/json.h"

namespace slipway::server {
namespace {

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
      return 400;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::conflict:
    case ErrorKind::refused:
      return 409;
    case ErrorKind::unavailable:
    case ErrorKind::outcome_unknown:
      return 503;
    case ErrorKind::internal:
      return 500;
  }
  return 500;
}

std::string title_of(ErrorKind kind) {
  std::string title(name(kind));
  for (char& c : title)
    if (c == '_') c = ' ';
  return title;
}

}  // namespace

std::string print(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Response answer(int status, const Json& body) {
  Response response;
  response.status = status;
  response.body = print(body) + "\n";
  return response;
}

Response problem(const Error& error) {
  return problem(error, status_of(error.kind));
}

Response problem(const Error& error, int status) {
  Response response = answer(status, {{"type", "about:blank"},
                                      {"title", title_of(error.kind)},
                                      {"status", status},
                                      {"detail", error.message},
                                      {"kind", name(error.kind)}});
  response.content_type = "application/problem+json";
  return response;
}

}  // namespace slipway::server
