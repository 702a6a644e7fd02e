#include "sim/reloads.h"

#include <algorithm>
#include <utility>

#include "sim/world.h"

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;

constexpr Duration reloads_within{10'000};  // then the driver gives up

}  // namespace

void Reloads::ask(Wish wish) {
  waiting_.push_back(std::move(wish));
  if (!under_way_) begin();
}

void Reloads::lose_all() {
  ++count_;
  waiting_.clear();
  served_.clear();
  under_way_ = false;
}

bool Reloads::waits(int place) const {
  const auto is_its = [&](const Wish& wish) { return wish.place == place && world_.lives(wish.life); };
  return std::ranges::any_of(waiting_, is_its) || std::ranges::any_of(served_, is_its);
}

void Reloads::begin() {
  std::erase_if(waiting_, [&](const Wish& wish) { return !world_.lives(wish.life); });
  if (waiting_.empty()) return;
  served_ = std::exchange(waiting_, {});
  under_way_ = true;
  was_deaf_ = false;
  before_.clear();
  for (int place = 0; place < world_.scene.places(); ++place)
    before_[place] = {world_.proxy(place).changes(), world_.proxy(place).held()};
  ++count_;
  Draw draw = world_.scene.draw("reload", count_);
  const bool busy = draw.chance(1, 5);
  const Duration takes = busy ? draw.time(700, 5000) : draw.time(20, 700);
  look(world_.scene.now() + reloads_within, takes);
}

// A signal that came while it was deaf is taken when it hears again.
void Reloads::look(Duration until, Duration takes) {
  constexpr Duration between{250};
  const bool deaf = world_.scene.window(Kind::proxy_deaf);
  was_deaf_ = was_deaf_ || deaf;
  world_.scene.in(deaf ? between : takes, [this, until, takes, deaf, count = count_] {
    if (count != count_) return;
    if (!deaf) return finish();
    if (world_.scene.now() < until) return look(until, takes);
    world_.scene.marks.reach("a reload failed since the master was deaf");
    for (const Wish& wish : std::exchange(served_, {})) wish.over(Took::nothing);
    over();
  });
}

void Reloads::finish() {
  Marks& marks = world_.scene.marks;
  if (was_deaf_) marks.reach("a deaf master heard again, and reloaded");
  const std::vector<Wish> served = std::exchange(served_, {});
  const bool half = world_.scene.window(Kind::reload_half);
  int taken = 0;
  for (const Wish& wish : served) {
    Draw draw = world_.scene.draw("taken", count_, static_cast<std::uint64_t>(wish.place));
    Took took = Took::all;
    if (half && draw.chance(2, 3)) took = draw.chance(1, 2) ? Took::nothing : Took::until_taken_back;
    if (took != Took::nothing) ++taken;
    wish.over(took);
  }
  if (taken > 1) marks.reach("one reload served several targets");
  if (taken > 0 && taken < static_cast<int>(served.size())) marks.reach("a reload left one of several out");
  for (const Wish& wish : served) before_.erase(wish.place);
  if (half && taken > 0) return leave_behind(world_.scene.draw("behind", count_));
  over();
}

// What was said while it was under way may have reached only the worker that it replaced.
void Reloads::leave_behind(Draw draw) {
  bool any = false;
  for (const auto& [place, before] : before_) {
    Proxy& proxy = world_.proxy(place);
    if (!before.held || !proxy.held() || proxy.changes() == before.changes || !proxy.up()) continue;
    world_.scene.marks.reach("a new worker wasn't told of the last change at once");
    proxy.fall_behind(*before.held);
    any = true;
  }
  if (!any) return over();
  world_.scene.in(draw.time(10, 400), [this, count = count_] {
    if (count != count_) return;
    for (Proxy& proxy : world_.proxies) proxy.catch_up();
    over();
  });
}

void Reloads::over() {
  under_way_ = false;
  begin();
}

}  // namespace slipway::sim
