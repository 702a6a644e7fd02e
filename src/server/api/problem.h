#pragma once

#include "base/json.h"
#include "base/result.h"
#include "server/api/message.h"

namespace slipway::server {

// RFC 9457 problem details, with the error's kind.
Response problem(const Error& error);
// The same with a status other than the kind's own (413, 405, 408).
Response problem(const Error& error, int status);

Response answer(int status, const Json& body);

// Text that isn't UTF-8 (what a program printed, say) has the bytes replaced that aren't.
std::string print(const Json& json);

}  // namespace slipway::server
