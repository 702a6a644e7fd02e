#include "drivers/traffic/haproxy_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "os/unix_socket.h"

namespace slipway::drivers::haproxy {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration answers_within{2000};
// HAProxy takes a line of at most its buffer's size, 16 KiB.
constexpr std::size_t longest_line = 8000;
constexpr std::size_t largest_answer = 64U << 20;
constexpr std::string_view prompt = "\n> ";

// Adds what comes next to `answer`; false where the other side has closed.
Result<bool> receive(int socket, std::string& answer, Clock::time_point deadline, Duration within) {
  std::array<char, 16384> buffer{};
  while (true) {
    const auto left = std::chrono::ceil<Duration>(deadline - Clock::now());
    if (left <= Duration{0})
      return fail(ErrorKind::unavailable, "HAProxy didn't answer within {}", format_duration(within));
    pollfd ready{.fd = socket, .events = POLLIN, .revents = 0};
    const int count = ::poll(&ready, 1, static_cast<int>(left.count()));
    if (count < 0 && errno != EINTR) return fail_errno(errno, "cannot wait for HAProxy");
    if (count <= 0) continue;
    const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) return fail_errno(errno, "cannot hear HAProxy");
    if (size == 0) return false;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
    if (answer.size() > largest_answer) return fail(ErrorKind::unavailable, "HAProxy's answer doesn't end");
    return true;
  }
}

// A worker closes once it has answered the line; nothing but that tells its last answer from a part of it.
class OneCall final : public Transport {
 public:
  explicit OneCall(std::filesystem::path socket) : socket_(std::move(socket)) {}
  Result<std::string> exchange(const std::string& line, std::size_t count) override {
    return talk(socket_, line, answers_within, [](std::string_view, std::size_t) { return false; }, count);
  }

 private:
  std::filesystem::path socket_;
};

}  // namespace

Result<std::string> talk(const std::filesystem::path& socket, const std::string& line, Duration within,
                         bool (*whole)(std::string_view answer, std::size_t count), std::size_t count) {
  const auto deadline = Clock::now() + within;
  TRY(const os::Fd connection, os::connect_unix(socket, within));
  TRY_VOID(os::send_all(connection.get(), line + "\n", within));
  std::string answer;
  while (!whole(answer, count)) {
    TRY(const bool more, receive(connection.get(), answer, deadline, within));
    if (!more) break;
  }
  return answer;
}

std::vector<std::string> answers_in(std::string_view text) {
  std::vector<std::string> answers;
  std::string answer;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line == "\r") {
      answers.push_back(std::exchange(answer, {}));
    } else {
      answer += line;
      answer += '\n';
    }
  }
  if (!answer.empty()) answers.push_back(std::move(answer));
  return answers;
}

Result<std::shared_ptr<KeptLine>> KeptLine::open(const std::filesystem::path& socket) {
  TRY(os::Fd connection, os::connect_unix(socket));
  std::shared_ptr<KeptLine> line(new KeptLine(std::move(connection)));
  TRY_VOID(line->exchange("prompt", 1));
  return line;
}

Result<std::string> KeptLine::exchange(const std::string& line, std::size_t count) {
  const std::scoped_lock lock(mutex_);
  if (!socket_) return fail(ErrorKind::not_found, "the connection to a HAProxy worker has ended");
  // Whatever goes wrong: what comes later would be taken for the answer to another question.
  os::Fd socket = std::move(socket_);
  const auto deadline = Clock::now() + answers_within;
  if (!os::send_all(socket.get(), line + "\n", answers_within))
    return fail(ErrorKind::not_found, "a HAProxy worker has ended");
  std::string text, answers;
  while (count > 0) {
    TRY(const bool more, receive(socket.get(), text, deadline, answers_within));
    if (!more) return fail(ErrorKind::not_found, "a HAProxy worker has ended");
    for (std::size_t end = text.find(prompt); count > 0 && end != std::string::npos;
         end = text.find(prompt)) {
      answers += std::string_view(text).substr(0, end + 1);
      text.erase(0, end + prompt.size());
      --count;
    }
  }
  socket_ = std::move(socket);
  return answers;
}

CommandLine::CommandLine(const std::filesystem::path& socket)
    : transport_(std::make_shared<OneCall>(socket)) {}

Result<std::string> CommandLine::ask(std::string_view command) const {
  TRY(std::vector<std::string> answers, ask(std::vector{std::string(command)}));
  return std::move(answers.front());
}

Result<std::vector<std::string>> CommandLine::ask(const std::vector<std::string>& commands) const {
  std::vector<std::string> all;
  std::string line;
  std::size_t count = 0;
  const auto send = [&]() -> Status {
    if (count == 0) return {};
    TRY(const std::string text, transport_->exchange(line, count));
    std::vector<std::string> answers = answers_in(text);
    if (answers.size() != count)
      return fail(ErrorKind::unavailable, "HAProxy answered {} of {} commands: {}", answers.size(), count,
                  text.substr(0, 200));
    std::ranges::move(answers, std::back_inserter(all));
    line.clear();
    count = 0;
    return {};
  };
  for (const std::string& command : commands) {
    if (count > 0 && line.size() + command.size() > longest_line) TRY_VOID(send());
    line += count == 0 ? command : ";" + command;
    ++count;
  }
  TRY_VOID(send());
  return all;
}

Result<std::string> CommandLine::tell(const std::vector<std::string>& commands) const {
  TRY(const std::vector<std::string> answers, ask(commands));
  std::string said;
  for (const std::string& answer : answers) said += answer;
  return said;
}

}  // namespace slipway::drivers::haproxy
