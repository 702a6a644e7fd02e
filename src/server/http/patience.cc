#include "server/http/patience.h"

namespace slipway::server {

struct Patience::State {
  explicit State(ClientSocket& client) : socket(&client), timer(client.get_executor()) {}
  ClientSocket* socket;  // nothing: the connection has ended
  boost::asio::steady_timer timer;
  int set = 0;  // how many times
  bool over = false;
};

Patience::Patience(ClientSocket& socket) : state_(std::make_shared<State>(socket)) {}

Patience::~Patience() {
  state_->socket = nullptr;
  state_->timer.cancel();
}

void Patience::set(Duration limit) {
  ++state_->set;
  state_->over = false;
  state_->timer.expires_after(limit);
  wait(state_);
}

void Patience::rest() {
  ++state_->set;
  state_->timer.cancel();
}

bool Patience::over() const {
  return state_->over;
}

void Patience::wait(const std::shared_ptr<State>& state) {
  state->timer.async_wait([state, mine = state->set](const boost::system::error_code& error) {
    if (error || state->socket == nullptr || mine != state->set) return;
    state->over = true;
    boost::system::error_code ignored;
    state->socket->cancel(ignored);
    // What had come at that very moment isn't cancelled, and reads on: once more, until it has ended.
    constexpr Duration again{100};
    state->timer.expires_after(again);
    wait(state);
  });
}

}  // namespace slipway::server
