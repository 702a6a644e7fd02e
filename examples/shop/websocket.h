#pragma once

#include <string>
#include <string_view>

// As much of RFC 6455 as an echo needs: no extensions, messages up to 64 KiB per frame, fragments echoed as
// they come.
namespace shop::websocket {

std::string accept_key(std::string_view key);  // for Sec-WebSocket-Accept

struct Echo {
  std::string answer;        // what to send
  std::size_t consumed = 0;  // of `in`
  bool ends = false;         // after that, close the connection
};

Echo echo(std::string_view in);
std::string going_away();  // a close frame

}  // namespace shop::websocket
