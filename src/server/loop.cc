#include "server/loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

namespace slipway::server {
namespace {

namespace asio = boost::asio;

class AsioTimer final : public Loop::Timer {
 public:
  explicit AsioTimer(asio::io_context& context) : timer_(context) {}

  void set(Duration in, std::function<void()> then) override {
    current_ = std::make_shared<std::function<void()>>(std::move(then));
    timer_.expires_after(in);
    // An expiry that is queued already can't be taken back; it finds its callback gone.
    timer_.async_wait([mine = std::weak_ptr(current_)](const boost::system::error_code& error) {
      const auto alive = mine.lock();
      if (!error && alive) (*alive)();
    });
  }

  void cancel() override {
    current_.reset();
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<std::function<void()>> current_;
};

}  // namespace

struct Loop::Impl {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::signal_set signals{context};
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
  impl_->context.run();
}
void Loop::stop() {
  impl_->context.stop();
}
void Loop::post(std::function<void()> job) {
  asio::post(impl_->context, std::move(job));
}
std::unique_ptr<Loop::Timer> Loop::timer() {
  return std::make_unique<AsioTimer>(impl_->context);
}

void Loop::stop_on_signals() {
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGINT);
  impl_->signals.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) stop();
  });
}

boost::asio::io_context& Loop::context() {
  return impl_->context;
}

}  // namespace slipway::server
