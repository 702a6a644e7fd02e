#include "server/servers.h"

#include <algorithm>

namespace slipway::server {
namespace {

constexpr Duration while_awaited{50};
constexpr Duration while_under_way{1'000};
constexpr Duration at_rest{5'000};

using core::Seen;

template <class Predicate>
bool any_instance(const core::TargetState& state, Predicate predicate) {
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet && std::ranges::any_of((*fleet)->instances, predicate)) return true;
  return false;
}

// The proxy's word is all that a deployment waits for.
bool awaited(const core::TargetState& state) {
  return state.deployment &&
         any_instance(state, [](const core::Instance& i) { return i.seen == Seen::unchecked; });
}

}  // namespace

std::vector<std::pair<core::Target, core::ServersObserved>> changed_servers(
    const std::map<core::Target, core::TargetState>& targets, const CheckedServers& checked) {
  std::vector<std::pair<core::Target, core::ServersObserved>> news;
  for (const auto& [target, state] : targets) {
    const auto servers = checked.find(target);
    if (servers == checked.end()) continue;
    core::ServersObserved observed;
    for (const auto* fleet : {&state.stable, &state.canary, &state.previous}) {
      if (!*fleet || (*fleet)->leaving) continue;
      for (const core::Instance& instance : (*fleet)->instances) {
        const auto its = std::ranges::find_if(servers->second, [&](const auto& server) {
          return server.pool == (*fleet)->pool && server.ordinal == instance.name.ordinal &&
                 server.port == instance.port;
        });
        if (its == servers->second.end() || !its->up) continue;
        const Seen seen = *its->up ? Seen::up : Seen::down;
        // Why it is down may differ each time, and each word on it is kept for good.
        if (seen != instance.seen) observed.words.push_back({instance.name, *its->up, its->detail});
      }
    }
    if (!observed.words.empty()) news.emplace_back(target, std::move(observed));
  }
  return news;
}

ServerWatch::ServerWatch(Loop& loop, drivers::Workers& workers, Doors doors)
    : loop_(loop), workers_(workers), doors_(std::move(doors)), timer_(loop.timer()) {}

void ServerWatch::start() {
  started_ = true;
  again();
}

void ServerWatch::changed(const core::TargetState& state) {
  if (!started_ || looking_ || soon_ || !awaited(state)) return;
  soon_ = true;
  timer_->set(while_awaited, [this] { look(); });
}

void ServerWatch::again() {
  const auto any = [&](auto predicate) {
    return std::ranges::any_of(doors_.targets(), [&](const auto& entry) { return predicate(entry.second); });
  };
  soon_ = any(awaited);
  const bool under_way = any([](const core::TargetState& state) { return state.deployment.has_value(); });
  timer_->set(soon_ ? while_awaited : under_way ? while_under_way : at_rest, [this] { look(); });
}

void ServerWatch::look() {
  if (doors_.targets().empty()) return again();
  looking_ = true;
  workers_.run([this] {
    auto checked = doors_.checked();
    loop_.post([this, checked = std::move(checked)] { looked(checked); });
  });
}

// A proxy that doesn't answer says nothing new of its servers.
void ServerWatch::looked(const Result<CheckedServers>& checked) {
  looking_ = false;
  if (checked && !doors_.suspended())
    for (auto& [target, observed] : changed_servers(doors_.targets(), *checked))
      doors_.deliver(target, std::move(observed));
  again();
}

}  // namespace slipway::server
