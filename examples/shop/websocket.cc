#include "websocket.h"

#include <openssl/evp.h>

#include <cstdint>

namespace shop::websocket {
namespace {

constexpr std::size_t longest = 64 * 1024;
enum Opcode : unsigned { close = 8, ping = 9, pong = 10 };

unsigned byte(std::string_view in, std::size_t at) {
  return static_cast<unsigned char>(in[at]);
}

std::string frame(unsigned first, std::string_view payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 255);
  } else {
    out += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((payload.size() >> shift) & 255);
  }
  return out.append(payload);
}

}  // namespace

std::string accept_key(std::string_view key) {
  const std::string salted = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(salted.data(), salted.size(), digest, &size, EVP_sha1(), nullptr);
  unsigned char text[64];
  const int length = EVP_EncodeBlock(text, digest, static_cast<int>(size));
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)};
}

Echo echo(std::string_view in) {
  Echo echo;
  while (in.size() - echo.consumed >= 6 && !echo.ends) {
    const std::string_view rest = in.substr(echo.consumed);
    const unsigned opcode = byte(rest, 0) & 15;
    const bool masked = (byte(rest, 1) & 128) != 0;
    std::uint64_t size = byte(rest, 1) & 127;
    std::size_t at = 2;
    const int extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (extra != 0) {
      size = 0;
      if (rest.size() < at + 8) break;  // a frame this long has more than that anyway
      for (int i = 0; i < extra; ++i) size = size << 8 | byte(rest, at++);
    }
    if (!masked || size > longest || (byte(rest, 0) & 0x70) != 0) {  // clients mask; nothing was negotiated
      echo.answer += frame(128 | close, "\x03\xea");                 // 1002: protocol error
      echo.ends = true;
      break;
    }
    if (rest.size() < at + 4 + size) break;
    std::string payload(rest.substr(at + 4, size));
    for (std::size_t i = 0; i < payload.size(); ++i)
      payload[i] = static_cast<char>(byte(payload, i) ^ byte(rest, at + i % 4));
    echo.consumed += at + 4 + size;
    if (opcode == pong) continue;
    echo.answer += frame(opcode == ping ? 128 | pong : byte(rest, 0), payload);
    echo.ends = opcode == close;
  }
  return echo;
}

std::string going_away() {
  return frame(128 | close, "\x03\xe9");
}

}  // namespace shop::websocket
