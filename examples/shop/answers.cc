#include "answers.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "websocket.h"

namespace shop {
namespace {

constexpr std::size_t longest_head = 16 * 1024;
constexpr std::size_t longest_body = 1024 * 1024;

bool same(std::string_view a, std::string_view lowercase) {
  if (a.size() != lowercase.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((a[i] >= 'A' && a[i] <= 'Z' ? a[i] + 32 : a[i]) != lowercase[i]) return false;
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> to_size(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view reason(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    default:
      return "Service Unavailable";
  }
}

struct Page {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::string injected = {};
};

Page page(const Switches& switches, std::string_view path) {
  if (path == "/health")
    return switches.unhealthy ? Page{503, "application/json", R"({"status":"unhealthy"})", "unhealthy"}
                              : Page{.body = R"({"status":"healthy"})"};
  if (path == "/api/version") return {.body = nlohmann::json{{"version", switches.version}}.dump()};
  if (path == "/api/health/db")
    return switches.db_down ? Page{503, "application/json", R"({"database":"down"})", "db"}
                            : Page{.body = R"({"database":"connected"})"};
  if (path == "/api/health/cache")
    return switches.cache_down ? Page{503, "application/json", R"({"cache":"down"})", "cache"}
                               : Page{.body = R"({"cache":"connected"})"};
  if (path == "/") return {200, "text/plain", "shop " + switches.version + "\n", ""};
  return {404, "application/json", R"({"error":"no such page"})", ""};
}

}  // namespace

std::optional<std::size_t> read_request(std::string_view in, Request& request, int& status) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (in.size() > longest_head) status = 431;
    return std::nullopt;
  }
  std::string_view head = in.substr(0, end);
  const auto line_end = std::min(head.find("\r\n"), head.size());
  const std::string_view line = head.substr(0, line_end);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  const std::string_view protocol = last == std::string_view::npos ? "" : line.substr(last + 1);
  if (first == last || !protocol.starts_with("HTTP/1.")) {
    status = 400;
    return std::nullopt;
  }
  request = {};
  request.method = line.substr(0, first);
  request.path = line.substr(first + 1, last - first - 1);
  if (const auto mark = request.path.find('?'); mark != std::string_view::npos) {
    request.query = request.path.substr(mark + 1);
    request.path = request.path.substr(0, mark);
  }
  request.old_http = protocol == "HTTP/1.0";
  request.keep_alive = !request.old_http;
  std::size_t body = 0;
  for (head.remove_prefix(line_end); !head.empty();) {
    head.remove_prefix(2);
    const auto next = std::min(head.find("\r\n"), head.size());
    const std::string_view field = head.substr(0, next);
    head.remove_prefix(next);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) status = 400;
    const std::string_view name = field.substr(0, colon);
    const std::string_view value = colon == std::string_view::npos ? "" : trim(field.substr(colon + 1));
    if (same(name, "content-length")) {
      const auto size = to_size(value);
      if (!size) status = 400;
      body = size.value_or(0);
      if (body > longest_body) status = 413;
    } else if (same(name, "transfer-encoding")) {
      status = 411;
    } else if (same(name, "connection")) {
      if (same(value, "close")) request.keep_alive = false;
      if (same(value, "keep-alive")) request.keep_alive = true;
    } else if (same(name, "sec-websocket-key")) {
      request.websocket_key = value;
    }
  }
  if (status != 0 || in.size() < end + 4 + body) return std::nullopt;
  return end + 4 + body;
}

double Answers::draw() {
  return static_cast<double>(random_()) / static_cast<double>(std::mt19937::max());
}

Answer Answers::to(const Request& request) {
  Answer answer;
  answer.closes = !request.keep_alive;
  const std::string version = "X-Version: " + switches_.version + "\r\n";
  if (request.path == "/ws" && !request.websocket_key.empty()) {
    answer.becomes_websocket = true;
    answer.head_and_body =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Accept: " +
        websocket::accept_key(request.websocket_key) + "\r\n\r\n";
    return answer;
  }
  if (request.path == "/slow" && request.query.starts_with("ms=") && !request.old_http) {
    const std::size_t ms = std::min<std::size_t>(to_size(request.query.substr(3)).value_or(1000), 3'600'000);
    answer.chunks = std::max(1, static_cast<int>(ms / 100));
    answer.head_and_body =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n" + version;
  } else {
    Page shown = page(switches_, request.path);
    if (request.path != "/health") {
      // What smoke tests look at is spared: a release that fails now and then is for the judge to find.
      const bool tested = request.path == "/api/version" || request.path.starts_with("/api/health/");
      if (!tested && switches_.error_rate > 0 && draw() < switches_.error_rate)
        shown = {500, "application/json", R"({"error":"injected"})", "error"};
      answer.delay = switches_.latency;
      if (!tested && switches_.slow_rate > 0 && draw() < switches_.slow_rate)
        answer.delay += std::chrono::seconds(2);
      if (answer.delay.count() > 0) shown.injected += shown.injected.empty() ? "latency" : ", latency";
    }
    answer.head_and_body = "HTTP/1.1 " + std::to_string(shown.status) + " " +
                           std::string(reason(shown.status)) + "\r\nContent-Type: " + shown.type +
                           "\r\nContent-Length: " + std::to_string(shown.body.size()) + "\r\n" + version;
    if (!shown.injected.empty()) answer.head_and_body += "X-Injected: " + shown.injected + "\r\n";
    if (request.old_http && request.keep_alive) answer.head_and_body += "Connection: keep-alive\r\n";
    answer.head_and_body += request.method == "HEAD" ? "\r\n" : "\r\n" + shown.body;
    return answer;
  }
  answer.head_and_body += "\r\n";
  return answer;
}

Answer Answers::refusal(int status) {
  Answer answer;
  answer.closes = true;
  answer.head_and_body = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason(status)) +
                         "\r\nContent-Length: 0\r\n\r\n";
  return answer;
}

std::string chunk(int number, int of) {
  const std::string text = "part " + std::to_string(number) + " of " + std::to_string(of) + "\n";
  char size[16];
  const auto end = std::to_chars(size, size + sizeof size, text.size(), 16).ptr;
  return std::string(size, end) + "\r\n" + text + (number == of ? "\r\n0\r\n\r\n" : "\r\n");
}

}  // namespace shop
