#include "drivers/telemetry/telemetry.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <variant>
#include <vector>

#include "base/check.h"
#include "drivers/telemetry/record.h"
#include "drivers/telemetry/socket.h"
#include "drivers/telemetry/tally.h"

namespace slipway::drivers::telemetry {
namespace {

constexpr std::size_t most_at_once = 256;
constexpr std::size_t longest_line = 1024;  // HAProxy writes no longer ones

// After something came, the next look is so much later: the socket's buffer collects what comes meanwhile,
// where waking up for every single record would take the processor from the proxy.
constexpr int between_looks_ms = 5;

constexpr Duration longest_answer{100};

// Datagrams, as many at once as there are.
class Reader {
 public:
  Reader() : bytes_(most_at_once * longest_line) {
    for (std::size_t i = 0; i < most_at_once; ++i) {
      parts_[i] = {bytes_.data() + i * longest_line, longest_line};
      headers_[i].msg_hdr.msg_iov = &parts_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // What is there now, at most most_at_once; never waits.
  std::size_t read(int socket) {
    int got = 0;
    do {
      got = ::recvmmsg(socket, headers_.data(), most_at_once, MSG_DONTWAIT, nullptr);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

  std::string_view line(std::size_t i) const {
    return {bytes_.data() + i * longest_line, headers_[i].msg_len};
  }

 private:
  std::vector<char> bytes_;
  std::array<iovec, most_at_once> parts_{};
  std::array<mmsghdr, most_at_once> headers_{};
};

// False where the time ran out.
bool wait_for(int first, int second, int timeout_ms) {
  std::array<pollfd, 2> fds{pollfd{first, POLLIN, 0}, pollfd{second, POLLIN, 0}};
  return ::poll(fds.data(), fds.size(), timeout_ms) > 0;
}

}  // namespace

struct Telemetry::Impl {
  Impl(Socket opened, os::Fd waker) : socket(std::move(opened)), wake(std::move(waker)) {}

  void run();
  bool read_all(Reader& reader);
  void knock() const {
    const std::uint64_t one = 1;
    CHECK(::write(wake.get(), &one, sizeof one) == sizeof one);
  }

  Socket socket;
  os::Fd wake;  // an eventfd: there is a question, or it is over

  std::mutex mutex;
  std::condition_variable answered_one;
  // Under the mutex:
  Tally tally;
  std::uint64_t asked = 0;     // questions
  std::uint64_t answered = 0;  // … up to which everything was read that was there when they were asked
  bool over = false;

  std::thread thread;
};

void Telemetry::Impl::run() {
  const auto reader = std::make_unique<Reader>();
  while (true) {
    wait_for(socket.fd.get(), wake.get(), -1);
    // First the knock is taken away, then the questions are counted, then the socket is read: whoever asks
    // later knocks again.
    std::uint64_t knocks = 0;
    static_cast<void>(::read(wake.get(), &knocks, sizeof knocks));
    std::uint64_t questions = 0;
    {
      const std::scoped_lock lock(mutex);
      if (over) return;
      questions = asked;
    }
    const bool some = read_all(*reader);
    {
      const std::scoped_lock lock(mutex);
      answered = questions;
    }
    answered_one.notify_all();
    if (some) wait_for(wake.get(), -1, between_looks_ms);
  }
}

// Until nothing is left, or it is over; whether there was anything.
bool Telemetry::Impl::read_all(Reader& reader) {
  std::array<std::variant<Record, Refused>, most_at_once> records;
  bool some = false;
  while (true) {
    const std::size_t count = reader.read(socket.fd.get());
    for (std::size_t i = 0; i < count; ++i) records[i] = parse(reader.line(i), socket.endpoint.token);
    some = some || count > 0;
    const std::scoped_lock lock(mutex);
    for (std::size_t i = 0; i < count; ++i) {
      std::visit([&](const auto& record) { tally.add(record); }, records[i]);
    }
    if (over || count < most_at_once) return some;
  }
}

Result<std::unique_ptr<Telemetry>> Telemetry::open(const std::filesystem::path& directory) {
  TRY(Socket socket, open_socket(directory));
  os::Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail_errno(errno, "cannot wait for the proxy's records");
  auto impl = std::make_unique<Impl>(std::move(socket), std::move(wake));
  try {
    impl->thread = std::thread([&inside = *impl] { inside.run(); });
  } catch (const std::system_error& e) {
    return fail(ErrorKind::unavailable, "cannot start a thread for the proxy's records: {}", e.what());
  }
  return std::unique_ptr<Telemetry>(new Telemetry(std::move(impl)));
}

Telemetry::Telemetry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Telemetry::~Telemetry() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->over = true;
  }
  impl_->knock();
  impl_->thread.join();
}

const Endpoint& Telemetry::endpoint() const {
  return impl_->socket.endpoint;
}

Telemetry::Batch Telemetry::take() {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->tally.take();
}

std::optional<Time> Telemetry::last_request(const std::string& backend) {
  std::unique_lock lock(impl_->mutex);
  const std::uint64_t question = ++impl_->asked;
  impl_->knock();
  impl_->answered_one.wait_for(lock, longest_answer, [&] { return impl_->answered >= question; });
  return impl_->tally.last_request(backend);
}

void Telemetry::follow_sessions(const std::string& frontend) {
  judge::Sessions fresh;
  const std::scoped_lock lock(impl_->mutex);
  impl_->tally.follow_sessions(frontend, std::move(fresh));
}

void Telemetry::forget_sessions(const std::string& frontend) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->tally.forget_sessions(frontend);
}

}  // namespace slipway::drivers::telemetry
