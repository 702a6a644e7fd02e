// A service that answers users, and whose answers about its health are as its mood is: the first word of the
// file that MOOD names, read anew for each request.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace {

std::string mood() {
  const char* file = std::getenv("MOOD");
  std::string word = "good";
  if (file != nullptr) std::ifstream(file) >> word;
  return word;
}

std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// What it answers to a request for its health; empty: it closes the connection.
std::string health(const std::string& request, const std::string& mood) {
  const auto says = [&](const char* line) { return request.find(line) != std::string::npos; };
  const std::string good = answer("200 OK", R"({"status":"healthy"})");
  if (mood == "validates_host" && !says("\r\nhost: 127.0.0.1") && !says("\r\nHost: 127.0.0.1"))
    return answer("400 Bad Request", R"({"error":"bad host"})");
  if (mood == "wants_an_agent" && !says("\r\nuser-agent: ") && !says("\r\nUser-Agent: "))
    return answer("403 Forbidden", R"({"error":"who are you"})");
  if (mood == "early_hints") return "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + good;
  if (mood == "large_headers")
    return answer("200 OK", R"({"status":"healthy"})", "X-Trace: " + std::string(20'000, 'x') + "\r\n");
  if (mood == "redirects")
    return answer("301 Moved Permanently", "", "Location: https://127.0.0.1/health\r\n");
  if (mood == "says_no") return answer("200 OK", R"({"status":"sick"})");
  if (mood == "hangs_up") return "";
  if (mood == "breaks_off") return "HTTP/1.1 200 OK\r\nContent-Ty";
  return good;
}

void serve(int connection) {
  std::string request;
  char piece[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t count = recv(connection, piece, sizeof piece, 0);
    if (count <= 0) break;
    request.append(piece, static_cast<std::size_t>(count));
  }
  const std::string now = mood();
  if (now == "hangs" && request.starts_with("GET /health ")) {
    while (recv(connection, piece, sizeof piece, 0) > 0) {
    }
  } else {
    const std::string text = request.starts_with("GET /health ")
                                 ? health(request, now)
                                 : answer("200 OK", R"({"database":"connected","version":")" +
                                                        std::string(std::getenv("SLIPWAY_VERSION")) + "\"}");
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t count = send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
  }
  shutdown(connection, SHUT_RDWR);
  close(connection);
}

}  // namespace

int main() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(std::atoi(std::getenv("PORT"))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 128) != 0)
    return 1;
  while (true) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection >= 0) std::thread(serve, connection).detach();
  }
}
