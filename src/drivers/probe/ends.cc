#include "drivers/probe/ends.h"

#include <sys/epoll.h>

#include <array>

#include "base/check.h"
#include "os/process.h"

namespace slipway::drivers {

Ends::Ends() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  CHECK(epoll_);
}

os::Fd Ends::watch(pid_t pid, void* whose) {
  const auto identity = os::identify(pid);
  if (!identity) return {};
  auto process = os::open_process(*identity);
  if (!process) return {};
  epoll_event ended{.events = EPOLLIN, .data = {.ptr = whose}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, process->get(), &ended) != 0) return {};
  return *std::move(process);
}

std::vector<void*> Ends::come() const {
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  std::vector<void*> whose;
  for (int i = 0; i < count; ++i) {
    void* const each = events.at(static_cast<std::size_t>(i)).data.ptr;  // the kernel's struct is packed
    whose.push_back(each);
  }
  return whose;
}

}  // namespace slipway::drivers
