#include "drivers/notify/facts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/check.h"
#include "core/notice_text.h"

namespace slipway::drivers {
namespace {

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

Json facts(const core::Notify& letter) {
  const core::Notice& notice = letter.notice;
  return {{"id", letter.id},
          {"event", core::name(notice.kind)},
          {"service", notice.service},
          {"environment", notice.environment},
          {"deployment", notice.deployment},
          {"version", notice.version},
          {"previous", or_null(notice.previous)},
          {"by", notice.by},
          {"reason", or_null(notice.reason)},
          {"at", format_time(notice.at)},
          {"started", format_time(notice.started)},
          {"expected_ms", notice.expected},
          {"took_ms", notice.took},
          {"cause", or_null(notice.cause)},
          {"rollback_plan", or_null(notice.rollback_plan)},
          {"changes", notice.changes},
          {"url", or_null(notice.url)},
          {"text", core::words(letter.channel, notice)}};
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string signature(const std::string& key, const std::string& timestamp, const std::string& body) {
  const std::string signed_text = timestamp + "." + body;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), digest.data(),
             &size) != nullptr);
  std::string text = "sha256=";
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace slipway::drivers
