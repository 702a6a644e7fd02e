#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>

#include "server/http/connection.h"

// Inside http/: callbacks as things that a coroutine waits for.
namespace slipway::server {

// `begin` is given a function to call once, on the loop's thread, with the value.
template <class T>
boost::asio::awaitable<T> callback(Loop& loop, std::function<void(std::function<void(T)>)> begin) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(T)>(
      [&loop](auto handler, auto start) {
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        start([&loop, kept](T value) {
          auto given = std::make_shared<T>(std::move(value));
          loop.post([kept, given] { (*kept)(std::move(*given)); });
        });
      },
      boost::asio::use_awaitable, std::move(begin));
}

// Runs `job` on a worker's thread.
template <class T>
boost::asio::awaitable<T> elsewhere(Loop& loop, drivers::Workers& workers, std::function<T()> job) {
  return callback<T>(loop, [&workers, job = std::move(job)](std::function<void(T)> done) {
    workers.run([job, done = std::move(done)] { done(job()); });
  });
}

}  // namespace slipway::server
