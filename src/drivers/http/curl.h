#pragma once

#include <curl/curl.h>

#include "base/check.h"

namespace slipway::drivers {

// Sets an option of libcurl's that is known to exist and a value of its type: that never fails.
template <class Value>
void set_option(CURL* handle, CURLoption option, Value value) {
  CHECK(curl_easy_setopt(handle, option, value) == CURLE_OK);
}

}  // namespace slipway::drivers
