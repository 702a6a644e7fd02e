#include "sim/hands.h"

#include <algorithm>

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;
using core::Outcome;

Outcome not_done(Outcome::Status status, std::string message) {
  Outcome outcome;
  outcome.status = status;
  outcome.message = std::move(message);
  return outcome;
}

// Less than all of a routing.
Proxy::Extent part(Draw draw) {
  return static_cast<Proxy::Extent>(draw.below(static_cast<std::int64_t>(Proxy::Extent::all)));
}

bool is_routing(const core::Effect& effect) {
  return std::holds_alternative<core::ApplyRouting>(effect.body);
}

Outcome unavailable(std::string message) {
  return not_done(Outcome::Status::unavailable, std::move(message));
}

}  // namespace

void Hands::observe(const core::Effect& effect, Seen seen) {
  if (!world_.alive) return;
  checks_.observed(effect, world_.life);
  Draw draw = this->draw("observe", effect, world_.life);
  world_.scene.in(draw.time(1, 40), [this, effect, seen = std::move(seen), life = world_.life] {
    if (!world_.lives(life)) return;
    auto outcome = look(effect);
    if (outcome && attempts_.contains(effect.id))
      world_.scene.marks.reach("lost answer after success, then observed");
    if (!outcome) world_.scene.marks.reach("issued again after recovery");
    seen(std::move(outcome));
  });
}

// Where draws are apart: of which effect of its kind it is.
Draw Hands::draw(std::string_view what, const core::Effect& effect, int attempt) {
  const Scene& scene = world_.scene;
  if (!scene.plan().apart) return scene.draw(what, effect.id, attempt);
  const int place = scene.index(effect.id.target);
  const auto [found, fresh] = numbers_.try_emplace(effect.id);
  if (fresh) found->second = ++counts_[{place, effect.body.index()}];
  return scene.draw(what, static_cast<std::uint64_t>(place) * 100 + effect.body.index(), found->second,
                    static_cast<std::uint64_t>(attempt));
}

std::optional<Outcome> Hands::look(const core::Effect& effect) {
  const int place = world_.scene.index(effect.id.target);
  if (const auto* start = std::get_if<core::StartInstance>(&effect.body)) {
    const Engine::Process* process = world_.engine.find(place, start->instance);
    if (process == nullptr) return std::nullopt;
    Outcome outcome;
    outcome.port = process->port;
    return outcome;
  }
  if (const auto* stop = std::get_if<core::StopInstance>(&effect.body)) {
    if (world_.engine.find(place, stop->instance) != nullptr) return std::nullopt;
    return Outcome{};
  }
  if (const auto* apply = std::get_if<core::ApplyRouting>(&effect.body)) {
    const Proxy& proxy = world_.proxy(place);
    if (!proxy.up() || proxy.held() != apply->routing || proxy.kept() != apply->routing) return std::nullopt;
    return Outcome{.unchecked = unchecked(effect, apply->routing)};
  }
  return std::nullopt;
}

void Hands::perform(const core::Effect& effect, Done done) {
  if (!world_.alive) return;
  checks_.asked(effect, world_.life);
  ++attempts_[effect.id];
  if (is_routing(effect)) newest_[{world_.life, world_.scene.index(effect.id.target)}] = effect.id;
  if (std::holds_alternative<core::AwaitDrained>(effect.body))
    return drain(effect, world_.reloads.under_way(), std::move(done));
  begin(effect, std::move(done));
}

void Hands::begin(const core::Effect& effect, Done done) {
  const Course course = this->course(effect, draw("perform", effect, attempts_[effect.id]));
  world_.scene.in(course.acts,
                  [this, effect, course, life = world_.life, boots = world_.boots, done = std::move(done)] {
                    if (world_.boots != boots) return;
                    if (course.does && waits_for_a_reload(effect)) return reload(effect, course, life, done);
                    act(effect, course, life, done);
                  });
}

// The worker that it begins may have sent users there until it is over.
void Hands::drain(const core::Effect& effect, std::optional<std::uint64_t> reload, Done done) {
  constexpr Duration between{100};
  if (!reload || world_.reloads.under_way() != reload) return begin(effect, std::move(done));
  world_.scene.marks.reach("a drain waited for a reload");
  world_.scene.in(between, [this, effect, reload, life = world_.life, done = std::move(done)] {
    if (world_.lives(life)) drain(effect, reload, done);
  });
}

// Where none runs, it is started with all of it.
bool Hands::waits_for_a_reload(const core::Effect& effect) const {
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply == nullptr) return false;
  const Proxy& proxy = world_.proxy(world_.scene.index(effect.id.target));
  const bool runs = proxy.up() && std::ranges::any_of(world_.proxies, [](const Proxy& each) {
                      return each.held().has_value();
                    });
  return runs && proxy.reloads_for(apply->routing);
}

void Hands::reload(const core::Effect& effect, const Course& course, int life, Done done) {
  const int place = world_.scene.index(effect.id.target);
  world_.reloads.ask({place, life, [this, effect, course, life, place, done](Reloads::Took took) {
                        Proxy& proxy = world_.proxy(place);
                        if (!proxy.up()) took = Reloads::Took::nothing;
                        Course own = course;
                        if (took != Reloads::Took::all) own.outcome = unavailable("HAProxy didn't reload");
                        own.does = took != Reloads::Took::nothing;
                        auto before = proxy.kept();
                        const int changes = proxy.changes();
                        act(effect, own, life, done);
                        if (took == Reloads::Took::until_taken_back && proxy.changes() != changes)
                          give_up(place, std::move(before));
                      }});
}

// The driver goes by what there was, and brings it back once it looks again.
void Hands::give_up(int place, std::optional<core::Routing> before) {
  Proxy& proxy = world_.proxy(place);
  proxy.give_up(std::move(before));
  Draw draw = world_.scene.draw("taken back", static_cast<std::uint64_t>(place),
                                static_cast<std::uint64_t>(proxy.changes()));
  world_.scene.in(draw.time(100, 3000), [this, place, boots = world_.boots, changes = proxy.changes()] {
    Proxy& later = world_.proxy(place);
    if (world_.boots != boots || !world_.alive || !later.up() || later.changes() != changes) return;
    world_.scene.marks.reach("a reload was taken back again");
    later.take_back();
  });
}

bool Hands::overtaken(const core::Effect& effect, int life) const {
  const auto newest = newest_.find({life, world_.scene.index(effect.id.target)});
  return is_routing(effect) && newest != newest_.end() && effect.id < newest->second;
}

void Hands::act(const core::Effect& effect, Course course, int life, Done done) {
  Scene& scene = world_.scene;
  if (overtaken(effect, life)) {
    course.does = false;
    course.late.reset();
    course.outcome = unavailable("another routing was asked for since");
  }
  if (!world_.lives(life)) {
    // What was asked of others before the daemon died may still be done, while the next hasn't come.
    if (world_.alive || !scene.draw("posthumous", effect.id, life).chance(1, 2)) return;
  }
  Outcome outcome = course.outcome;
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  if (apply != nullptr && course.does && world_.lives(life) &&
      !world_.proxy(scene.index(effect.id.target)).reloads_for(apply->routing) &&
      scene.strikes(Kind::dies_while_routing)) {
    scene.marks.reach("daemon died while it told the proxy");
    change_world(effect, part(scene.draw("part", effect.id, life)), outcome);
    return world_.kill_daemon();
  }
  if (course.does) change_world(effect, course.extent, outcome);
  if (!world_.lives(life)) {
    scene.marks.reach("acted upon, then the daemon died");
    return;
  }
  if (scene.strikes(Kind::dies_after_effect)) {
    scene.marks.reach("acted upon, then the daemon died");
    return world_.kill_daemon();
  }
  if (course.late) act_late(effect, course.answers + *course.late);
  scene.in(course.answers, [this, outcome, life, done] {
    if (!world_.lives(life)) return;
    if (world_.scene.strikes(Kind::dies_before_outcome)) {
      world_.scene.marks.reach("daemon died before an outcome");
      return world_.kill_daemon();
    }
    done(outcome);
  });
}

// Unless it was told something else since then.
void Hands::act_late(const core::Effect& effect, Duration wait) {
  const int place = world_.scene.index(effect.id.target);
  const core::Routing& routing = std::get<core::ApplyRouting>(effect.body).routing;
  world_.scene.in(wait, [this, place, routing, lease = world_.scene.wall() + routing.lease,
                         boots = world_.boots, changes = world_.proxy(place).changes()] {
    Proxy& proxy = world_.proxy(place);
    if (world_.boots != boots || !proxy.up() || proxy.changes() != changes) return;
    world_.scene.marks.reach("the proxy acted after it said that it didn't");
    proxy.apply(routing, lease, Proxy::Extent::all);
  });
}

Hands::Course Hands::course(const core::Effect& effect, Draw draw) {
  const int place = world_.scene.index(effect.id.target);
  return std::visit([&](const auto& body) { return course_of(body, place, draw); }, effect.body);
}

Hands::Course Hands::course_of(const core::StartInstance& start, int place, Draw& draw) {
  Course course{.acts = draw.time(2, 200), .answers = draw.time(1, 50), .outcome = {}};
  if (world_.scene.is(Kind::no_such_program, place, start.release.revision)) {
    course.does = false;
    course.outcome = not_done(Outcome::Status::failed, "there is no such program");
  } else if (world_.scene.window(Kind::engine_unavailable, place)) {
    course.does = draw.chance(1, 3);
    course.outcome = unavailable("no free port");
  }
  return course;
}

Hands::Course Hands::course_of(const core::StopInstance& stop, int place, Draw& draw) {
  Course course{.acts = draw.time(2, 400), .answers = draw.time(1, 50), .outcome = {}};
  if (draw.chance(1, 10)) course.answers += stop.drain;
  if (world_.scene.window(Kind::engine_unavailable, place)) {
    course.does = draw.chance(1, 3);
    course.outcome = unavailable("its shim doesn't answer");
  }
  return course;
}

Hands::Course Hands::course_of(const core::ApplyRouting& apply, int place, Draw& draw) {
  const Scene& scene = world_.scene;
  const Proxy& proxy = world_.proxy(place);
  Course course{.acts = draw.time(1, 30), .answers = draw.time(1, 30), .outcome = {}};
  const auto& held = proxy.held();
  const bool new_address = !held || held->listen != apply.routing.listen ||
                           (!apply.routing.preview.empty() && held->preview != apply.routing.preview);
  if (new_address && scene.window(Kind::proxy_refuses, place)) {
    course.does = false;
    course.outcome = not_done(Outcome::Status::failed, "the address is taken");
  } else if (scene.window(Kind::proxy_unavailable, place) || scene.now() < world_.proxy_back) {
    course.does = false;
    course.answers = draw.time(1, 2000);
    course.outcome = unavailable("the proxy doesn't answer");
  } else if (scene.window(Kind::proxy_lost, place) && draw.chance(2, 3)) {
    course.answers = draw.time(500, 3000);
    course.outcome = unavailable("the proxy's answer was lost");
  } else if (scene.window(Kind::proxy_half, place) && draw.chance(2, 3)) {
    course.does = !proxy.reloads_for(apply.routing);
    course.extent = part(draw);
    course.outcome = unavailable("the proxy took a part");
  } else if (scene.window(Kind::proxy_late, place) && draw.chance(2, 3)) {
    course.does = false;
    course.late = draw.time(0, 6000);
    course.outcome = unavailable("the proxy doesn't answer");
  } else if (scene.window(Kind::proxy_slow, place)) {
    course.answers = draw.time(500, 8000);
  }
  return course;
}

Hands::Course Hands::course_of(const core::AwaitDrained& wait, int place, Draw& draw) {
  Scene& scene = world_.scene;
  const auto ends = world_.proxy(place).in_flight_until(wait.pool);
  Course course{.answers = draw.time(1, 20), .outcome = {}};
  const Duration left = ends ? std::max(*ends - scene.now(), Duration::zero()) : wait.at_most;
  course.acts = std::min(left, wait.at_most) + draw.time(1, 50);
  if (!ends || left > wait.at_most) {
    course.outcome.in_flight = static_cast<int>(draw.between(1, 5));
    scene.marks.reach("drain ran out");
  }
  if (scene.window(Kind::proxy_unavailable, place)) course.outcome = unavailable("the proxy doesn't answer");
  return course;
}

Hands::Course Hands::course_of(const core::RunSmokeTests& run, int place, Draw& draw) {
  Course course{.acts = draw.time(20, 2000), .answers = draw.time(1, 50), .outcome = {}};
  if (world_.scene.is(Kind::fails_smoke, place, run.release.revision)) {
    course.outcome = not_done(Outcome::Status::failed, "smoke test shop: status 500, not 200");
  } else if (world_.scene.window(Kind::smoke_unavailable, place)) {
    course.outcome = unavailable("the tests can't be run");
  } else {
    for (const core::SmokeTest& test : run.tests)
      course.outcome.smoke.push_back(
          {test.name, run.addresses.empty() ? "" : run.addresses.front(), true, "", course.acts});
  }
  return course;
}

// What is new to the proxy it has perhaps checked already.
std::vector<core::InstanceName> Hands::unchecked(const core::Effect& effect, const core::Routing& routing) {
  const int place = world_.scene.index(effect.id.target);
  const bool none_yet = draw("unchecked", effect, 0).chance(1, 4);
  std::vector<core::InstanceName> unchecked;
  for (const core::Pool pool : {core::Pool::a, core::Pool::b})
    for (const core::Server& server : routing.pool(pool).servers)
      if (none_yet || !world_.proxy(place).finds_up(server)) unchecked.push_back(server.instance);
  return unchecked;
}

void Hands::change_world(const core::Effect& effect, Proxy::Extent extent, Outcome& outcome) {
  const int place = world_.scene.index(effect.id.target);
  checks_.acts(effect, outcome);
  if (const auto* start = std::get_if<core::StartInstance>(&effect.body)) {
    outcome.port = world_.engine.start(place, *start);
  } else if (const auto* stop = std::get_if<core::StopInstance>(&effect.body)) {
    world_.engine.stop(place, stop->instance);
  } else if (const auto* apply = std::get_if<core::ApplyRouting>(&effect.body)) {
    for (Proxy& proxy : world_.proxies) proxy.come_up();  // one process for all
    if (extent != Proxy::Extent::all) world_.scene.marks.reach("the proxy took a part");
    world_.proxy(place).apply(apply->routing, world_.scene.wall() + apply->routing.lease, extent);
    if (outcome.status == Outcome::Status::done) outcome.unchecked = unchecked(effect, apply->routing);
  }
}

}  // namespace slipway::sim
