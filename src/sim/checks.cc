#include "sim/checks.h"

#include <algorithm>

#include "sim/hash.h"

namespace slipway::sim {
namespace {

int share(const core::Routing& routing, core::Pool pool) {
  const int canary = routing.canary ? routing.weight : 0;
  return (routing.canary == pool ? canary : 0) + (routing.stable == pool ? 100 - canary : 0);
}

const core::Fleet* in_pool(const core::TargetState& state, core::Pool pool) {
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet && (*fleet)->pool == pool) return &**fleet;
  return nullptr;
}

}  // namespace

const std::vector<Invariant>& all_invariants() {
  static const std::vector<Invariant> all{
      {"intent", "every change of the world has an earlier durable intent"},
      {"once", "an effect is asked for once in a life of the daemon"},
      {"observed-first", "what an earlier life may have done is looked at before it is done again"},
      {"numbers", "events are numbered without a gap, and time never goes back"},
      {"state", "the core's own invariants hold of what is journalled"},
      {"forgotten", "a deployment that was accepted is under way, queued, or ended on record"},
      {"cause", "what ended otherwise than promoted says why"},
      {"reason", "every refusal has a reason"},
      {"tested", "users meet only releases that were healthy and passed their smoke tests"},
      {"capacity", "users are sent only where enough instances are healthy, unless a person forces it"},
      {"serving", "no instance is stopped while the proxy knows it"},
      {"drained", "no instance is stopped while it has requests in flight, within the drain time"},
      {"home", "nobody is on the canary once its lease is over after a rollback was decided"},
      {"prompt", "a rollback brings users back within the proxy's answer time, where the proxy answers"},
      {"lease", "leases are renewed only for a canary that the journal wants users on"},
      {"hold", "no step ends before its hold unless a person says so"},
      {"judged", "a judged hold ends only at the judge's word, or as the strategy says"},
      {"heeded", "an unhealthy canary is taken back at once"},
      {"bake", "the previous release isn't stopped within bake unless a person says so"},
      {"applied", "what the journal says that the proxy holds, it holds"},
      {"recovery", "a daemon that comes back has what the journal has"},
      {"ends", "once all is healed, each deployment ends or waits for a person"},
      {"left-behind", "nothing runs but what the state names, and users are served by stable"},
      {"calm", "what happens in a run has an end"},
  };
  return all;
}

void Checks::broke(std::string_view invariant, std::string detail) {
  if (!broken_) broken_ = Broken{std::string(invariant), std::move(detail)};
}

void Checks::appended(const core::TargetState* before, const runner::Transaction& transaction) {
  journal_works_ = true;
  Seen& seen = this->seen(transaction.target);
  const int place = world_.scene.index(transaction.target);
  check_numbers(before, transaction);
  if (const auto sentence = core::broken_invariant(transaction.state)) broke("state", *sentence);
  if (std::holds_alternative<core::HostRebooted>(transaction.event)) seen.open.clear();
  if (transaction.closes) seen.open.erase(*transaction.closes);
  for (const core::Effect& effect : transaction.effects)
    seen.open.emplace(effect.id, Open{.effect = effect, .journalled = world_.life});
  if (std::holds_alternative<core::ClockJumped>(transaction.event))
    seen.wall_offset = world_.scene.wall_offset();
  check_records(seen, transaction);
  check_capacity(before, transaction);
  check_hold(seen, before, transaction);
  check_bake(seen, before, transaction);
  check_applied(transaction, place);
  note_marks(before, transaction);
}

void Checks::check_numbers(const core::TargetState* before, const runner::Transaction& transaction) {
  const std::int64_t last = before == nullptr ? 0 : before->events;
  if (transaction.number != last + 1 || transaction.state.events != transaction.number)
    broke("numbers",
          fmt::format("event {} of {} comes after {}", transaction.number, transaction.target.text(), last));
  if (before != nullptr && transaction.time < before->now)
    broke("numbers", fmt::format("{} goes back from {} to {}", transaction.target.text(),
                                 format_time_precise(before->now), format_time_precise(transaction.time)));
}

void Checks::check_records(Seen& seen, const runner::Transaction& transaction) {
  for (const core::DeploymentRecord& record : transaction.records) {
    if (!record.ended) {
      seen.begun.insert(record.number);
      continue;
    }
    seen.begun.erase(record.number);
    if (record.outcome == core::OutcomeKind::under_way ||
        (record.outcome != core::OutcomeKind::promoted && record.cause.empty()))
      broke("cause", fmt::format("deployment {} of {} ended {} without a cause", record.number,
                                 transaction.target.text(), core::name(record.outcome)));
  }
  const core::TargetState& state = transaction.state;
  for (const int number : seen.begun) {
    const bool there = (state.deployment && state.deployment->record.number == number) ||
                       (state.queued && state.queued_number == number);
    if (!there)
      broke("forgotten", fmt::format("deployment {} of {} is neither under way nor queued, and has no end",
                                     number, transaction.target.text()));
  }
  if (state.deployment && !seen.begun.contains(state.deployment->record.number))
    broke("forgotten", fmt::format("deployment {} of {} is under way without a record",
                                   state.deployment->record.number, transaction.target.text()));
}

void Checks::check_capacity(const core::TargetState* before, const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  if (before == nullptr || before->rebooted || (state.deployment && state.deployment->force)) return;
  for (const core::Effect& effect : transaction.effects) {
    const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
    if (apply == nullptr) continue;
    for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
      const int wanted = share(apply->routing, pool);
      const int had = before->traffic.wanted ? share(*before->traffic.wanted, pool) : 0;
      const core::Fleet* fleet = in_pool(state, pool);
      if (wanted <= had || fleet == nullptr) continue;
      const int needed = (fleet->bound.run.instances * wanted + 99) / 100;
      if (fleet->healthy() < needed)
        broke("capacity",
              fmt::format("{}: {} % of users are sent to {}, which has {} of {} healthy instances",
                          effect.id.text(), wanted, fleet->release.version, fleet->healthy(),
                          fleet->bound.run.instances));
    }
  }
}

void Checks::check_hold(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction) {
  constexpr Duration renewing{100};  // a lease: what the core counts begins before the proxy has it
  const Duration now = world_.scene.now();
  const core::TargetState& state = transaction.state;
  const auto& deployment = state.deployment;
  const bool holding =
      deployment && !deployment->undoing && deployment->stage().kind == core::Stage::Kind::hold;
  if (seen.hold) {
    Hold& hold = *seen.hold;
    const bool was_paused_by_itself = before != nullptr && before->deployment && before->deployment->paused &&
                                      before->deployment->paused->by.empty();
    if (std::holds_alternative<core::PromoteRequested>(transaction.event) ||
        (std::holds_alternative<core::ResumeRequested>(transaction.event) && was_paused_by_itself))
      hold.steered = true;
    const bool passed = deployment && deployment->record.number == hold.deployment && !deployment->undoing &&
                        deployment->cursor > hold.cursor;
    const Duration held =
        now - hold.since - hold.paused - (hold.pause ? now - *hold.pause : Duration::zero());
    const Place& place = world_.scene.place(world_.scene.index(transaction.target));
    if (passed && !hold.steered && held + renewing < hold.lasts)
      broke("hold", fmt::format("{}: users were held for {}, not for {}", transaction.target.text(),
                                format_duration(held), format_duration(hold.lasts)));
    if (passed && !hold.steered && place.judged && place.undecided != core::Undecided::advance &&
        (!seen.word || seen.word->deployment != hold.deployment ||
         seen.word->verdict.kind != judge::Verdict::Kind::healthy))
      broke("judged",
            fmt::format("{}: the step ended, though the judge's last word was: {}", transaction.target.text(),
                        seen.word ? seen.word->verdict.reason : std::string("nothing")));
  }
  if (!holding) {
    seen.hold.reset();
    return;
  }
  const int number = deployment->record.number;
  if (!seen.hold || seen.hold->deployment != number || seen.hold->cursor != deployment->cursor) {
    seen.hold = Hold{.deployment = number,
                     .cursor = deployment->cursor,
                     .lasts = deployment->stage().duration,
                     .since = now};
    // Nothing was said of this step yet.
    seen.word.reset();
  }
  Hold& hold = *seen.hold;
  if (deployment->paused && !hold.pause) hold.pause = now;
  if (!deployment->paused && hold.pause) hold.paused += now - *std::exchange(hold.pause, std::nullopt);
}

void Checks::check_bake(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  if (const auto* request = std::get_if<core::DeployRequested>(&transaction.event))
    seen.bake_cut = seen.bake_cut || request->end_bake;
  if (std::holds_alternative<core::RollbackRequested>(transaction.event)) seen.bake_cut = true;
  if (!state.deployment || !state.deployment->record.promoted) return;
  const bool was_promoted = before != nullptr && before->deployment && before->deployment->record.promoted;
  if (!was_promoted) {
    seen.promoted = world_.scene.now();
    seen.bake_cut = false;
  }
  if (!state.previous || state.deployment->undoing || seen.bake_cut) return;
  for (const core::Effect& effect : transaction.effects) {
    const auto* stop = std::get_if<core::StopInstance>(&effect.body);
    if (stop == nullptr || stop->instance.deployment != state.previous->deployment) continue;
    const Duration baked = world_.scene.now() - seen.promoted;
    const Duration bake = state.stable->bound.strategy.bake;
    if (baked < bake)
      broke("bake",
            fmt::format("{}: {} is stopped {} after the promotion, in a bake of {}", effect.id.text(),
                        state.previous->release.version, format_duration(baked), format_duration(bake)));
  }
}

void Checks::check_applied(const runner::Transaction& transaction, int place) {
  const core::Traffic& traffic = transaction.state.traffic;
  if (!traffic.applied || traffic.open) return;
  if (world_.proxy(place).held() != traffic.applied)
    broke("applied",
          fmt::format("after event {} of {} the journal believes of the proxy what it doesn't hold",
                      transaction.number, transaction.target.text()));
}

void Checks::asked(const core::Effect& effect, int life) {
  Seen& seen = this->seen(effect.id.target);
  const auto found = seen.open.find(effect.id);
  if (found == seen.open.end() || found->second.effect != effect)
    return broke("intent", fmt::format("{} ({}) is asked for, and the journal doesn't have it open",
                                       effect.id.text(), core::kind(effect.body)));
  Open& open = found->second;
  if (open.asked == life) return broke("once", fmt::format("{} is asked for twice", effect.id.text()));
  if (open.journalled != life && open.observed != life)
    broke("observed-first",
          fmt::format("{} is of an earlier life, and is asked for without a look", effect.id.text()));
  open.asked = life;
}

void Checks::observed(const core::Effect& effect, int life) {
  Seen& seen = this->seen(effect.id.target);
  const auto found = seen.open.find(effect.id);
  if (found != seen.open.end()) found->second.observed = life;
}

void Checks::acts(const core::Effect& effect, const core::Outcome& outcome) {
  Seen& seen = this->seen(effect.id.target);
  const int place = world_.scene.index(effect.id.target);
  const auto found = seen.open.find(effect.id);
  if (found == seen.open.end() || found->second.effect != effect)
    broke("intent", fmt::format("{} ({}) changes the world, and the journal doesn't have it open",
                                effect.id.text(), core::kind(effect.body)));
  if (const auto* stop = std::get_if<core::StopInstance>(&effect.body)) {
    const auto leaving = world_.proxy(place).leaving(stop->instance.deployment);
    const Duration now = world_.scene.now();
    if (leaving && now < leaving->ends && now - leaving->left < stop->drain)
      broke("drained",
            fmt::format("{} stops {} {} after its users left, with requests in flight", effect.id.text(),
                        stop->instance.text(), format_duration(now - leaving->left)));
    const auto& held = world_.proxy(place).held();
    for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
      if (!held) break;
      const bool known = std::ranges::any_of(held->pool(pool).servers, [&](const core::Server& server) {
        return server.instance == stop->instance;
      });
      if (known)
        broke("serving", fmt::format("{} stops {}, which the proxy still knows", effect.id.text(),
                                     stop->instance.text()));
    }
  }
  if (std::holds_alternative<core::RunSmokeTests>(effect.body) &&
      outcome.status == core::Outcome::Status::done) {
    const core::TargetState* state = journal(place);
    if (state != nullptr && state->deployment && state->deployment->open == effect.id)
      seen.tested.insert(state->deployment->record.number);
  }
}

void Checks::renews(const core::Target& target) {
  const core::TargetState* state = journal(world_.scene.index(target));
  const bool wanted = state != nullptr && state->traffic.wanted && state->traffic.wanted->canary &&
                      state->traffic.wanted->weight > 0;
  if (!wanted || !journal_works_)
    broke("lease", fmt::format("the lease of {} is renewed, though {}", target.text(),
                               wanted ? "nothing can be journalled" : "no user is to be on a canary"));
}

void Checks::judged(const core::Target& target, const core::VerdictChanged& verdict) {
  seen(target).word = verdict;
}

void Checks::answered(const core::Reply& reply) {
  if (reply.message.empty())
    broke("reason", reply.accepted ? "a command was accepted without a word"
                                   : "a command was refused without a reason");
}

void Checks::recovered() {
  journal_works_ = true;
  just_recovered_ = true;
  for (Seen& seen : targets_) {
    seen.word.reset();
    if (seen.wall_offset == world_.scene.wall_offset()) continue;
    // While no daemon lived the clock jumped: nobody can know for how long it was away.
    seen.wall_offset = world_.scene.wall_offset();
    if (seen.hold) seen.hold->steered = true;
    seen.bake_cut = true;
  }
}

void Checks::look(const std::map<core::Target, core::TargetState>* live) {
  for (int place = 0; place < world_.scene.places(); ++place) {
    Seen& seen = targets_[static_cast<std::size_t>(place)];
    const core::TargetState* state = journal(place);
    check_lapse(seen, place);
    check_users(seen, place, state);
    check_home(seen, place, state);
    if (seen.word && seen.word->verdict.kind == judge::Verdict::Kind::unhealthy && journal_works_ &&
        world_.alive && state != nullptr && state->deployment && !state->deployment->undoing &&
        state->deployment->record.number == seen.word->deployment)
      broke("heeded", fmt::format("deployment {} of {} goes on, though: {}", seen.word->deployment,
                                  state->target.text(), seen.word->verdict.reason));
    if (live == nullptr || !journal_works_ || !world_.alive) continue;
    const auto found = live->find(world_.scene.place(place).target);
    const bool there = found != live->end();
    if (there != (state != nullptr) || (there && found->second.events != state->events) ||
        (just_recovered_ && there && found->second != *state))
      broke("recovery", fmt::format("the daemon's state of {} isn't the journal's",
                                    world_.scene.place(place).target.text()));
  }
  if (live != nullptr) just_recovered_ = false;
}

void Checks::check_lapse(Seen& seen, int place) {
  constexpr Duration unnoticed{1500};  // of a renewal that came just too late
  const Proxy& proxy = world_.proxy(place);
  const auto& held = proxy.held();
  const bool has_canary = held && held->canary && held->weight > 0 && proxy.up();
  if (!has_canary) {
    seen.lapsed.reset();
    return;
  }
  const Scene& scene = world_.scene;
  const Duration now = scene.now();
  if (!proxy.canary_has_users()) {
    // The core isn't told of a lapse before a renewal succeeds again, nor of one that ended in another life:
    // docs/simulation.md.
    using Kind = Entry::Kind;
    seen.unrenewable = (seen.lapsed && seen.unrenewable) || now < world_.proxy_back ||
                       scene.window(Kind::renewals_fail, place) ||
                       scene.window(Kind::proxy_unavailable, place) || scene.window(Kind::proxy_lost, place);
    if (seen.lapsed) return;
    world_.scene.marks.reach("the lease ran out with users on the canary");
    seen.lapsed = now;
    return;
  }
  if (!seen.lapsed) return;
  const Duration away = now - *std::exchange(seen.lapsed, std::nullopt);
  if (away < unnoticed || seen.unrenewable || !seen.hold) return;
  seen.hold->since = now;
  seen.hold->paused = Duration::zero();
  if (seen.hold->pause) seen.hold->pause = now;
}

void Checks::check_users(Seen& seen, int place, const core::TargetState* state) {
  const Proxy& proxy = world_.proxy(place);
  const bool canary_has_users = proxy.canary_has_users();
  if (seen.proxy_changes == proxy.changes() && seen.canary_had_users == canary_has_users) return;
  seen.proxy_changes = proxy.changes();
  seen.canary_had_users = canary_has_users;
  for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
    if (proxy.share(pool) == 0) continue;
    for (const core::Server& server : proxy.held()->pool(pool).servers)
      if (!world_.engine.was_healthy(place, server.instance))
        broke("tested", fmt::format("users of {} meet {}, which was never healthy",
                                    world_.scene.place(place).target.text(), server.instance.text()));
    const int owner = proxy.owner(pool);
    if (state == nullptr || !state->deployment || state->deployment->record.number != owner ||
        state->deployment->record.kind == core::Request::Kind::rollback)
      continue;
    if ((world_.scene.place(place).smoke & 1) != 0 && !seen.tested.contains(owner))
      broke("tested", fmt::format("users of {} meet deployment {}, whose smoke tests haven't passed",
                                  world_.scene.place(place).target.text(), owner));
  }
}

void Checks::check_home(Seen& seen, int place, const core::TargetState* state) {
  constexpr Duration answer_time{1000};
  const Scene& scene = world_.scene;
  const bool wanted_home = state != nullptr && state->traffic.wanted && state->traffic.wanted->weight == 0;
  if (!wanted_home) {
    seen.home.reset();
    return;
  }
  using Kind = Entry::Kind;
  const bool excused = !world_.alive || state->rebooted || !journal_works_ ||
                       scene.now() < world_.proxy_back || scene.window(Kind::proxy_unavailable, place) ||
                       scene.window(Kind::proxy_lost, place) || scene.window(Kind::proxy_slow, place) ||
                       scene.window(Kind::proxy_refuses, place);
  if (!seen.home) {
    seen.home = scene.now();
    seen.excused = state->traffic.open && state->traffic.sent != state->traffic.wanted;
  }
  seen.excused = seen.excused || excused;
  if (!world_.proxy(place).canary_has_users()) return;
  Duration back{};  // a clock that was put back lengthens leases
  for (const Entry& entry : scene.plan().entries)
    if (entry.kind == Kind::clock_jumps && entry.number < 0) back -= Duration(entry.number);
  const Duration since = scene.now() - *seen.home;
  if (since > scene.place(place).lease + back + answer_time)
    broke("home", fmt::format("users of {} are on the canary {} after they were to be brought back",
                              state->target.text(), format_duration(since)));
  if (since > answer_time && !seen.excused)
    broke("prompt", fmt::format("users of {} are on the canary {} after they were to be brought back",
                                state->target.text(), format_duration(since)));
}

void Checks::at_rest() {
  for (int place = 0; place < world_.scene.places(); ++place)
    if (const core::TargetState* state = journal(place))
      check_rest(targets_[static_cast<std::size_t>(place)], place, *state);
}

void Checks::check_rest(const Seen& seen, int place, const core::TargetState& state) {
  const std::string target = state.target.text();
  if (state.deployment && state.deployment->paused) return;
  if (state.deployment)
    return broke(
        "ends", fmt::format("deployment {} of {} is still at \"{}\"", state.deployment->record.number, target,
                            core::name(state.deployment->stage().kind)));
  if (!seen.begun.empty())
    return broke("ends", fmt::format("deployment {} of {} has no end", *seen.begun.begin(), target));
  std::size_t running = 0;
  for (const auto& [key, process] : world_.engine.processes()) {
    if (key.first != place) continue;
    ++running;
    const bool named =
        state.stable && std::ranges::any_of(state.stable->instances,
                                            [&](const core::Instance& i) { return i.name == key.second; });
    if (!named)
      broke("left-behind",
            fmt::format("instance {} of {} runs, and nobody knows it", key.second.text(), target));
  }
  if (!state.traffic.settled())
    return broke("ends", fmt::format("the proxy isn't told what it is to be told of {}", target));
  if (!state.stable) return;
  if (running != state.stable->instances.size())
    broke("ends",
          fmt::format("{} instances of {} run, not {}", running, target, state.stable->instances.size()));
  const Proxy& proxy = world_.proxy(place);
  if (proxy.share(state.stable->pool) != 100 || proxy.owner(state.stable->pool) != state.stable->deployment ||
      !proxy.works(state.stable->pool))
    broke("left-behind",
          fmt::format("users of {} aren't served by {}", target, state.stable->release.version));
}

void Checks::note_marks(const core::TargetState* before, const runner::Transaction& transaction) {
  Marks& marks = world_.scene.marks;
  const core::TargetState& state = transaction.state;
  if (before != nullptr) marks.meet(outline_of(*before), transaction.event.index());
  const auto* was = before != nullptr && before->deployment ? &*before->deployment : nullptr;
  const auto* is = state.deployment ? &*state.deployment : nullptr;
  const bool same = was != nullptr && is != nullptr && was->record.number == is->record.number;
  if (same && !was->stuck && is->stuck) marks.reach("stuck");
  if (same && was->stuck && !is->stuck) marks.reach("no longer stuck");
  if (same && !was->paused && is->paused && is->paused->by.empty()) marks.reach("paused by itself");
  const auto* verdict = std::get_if<core::VerdictChanged>(&transaction.event);
  if (verdict != nullptr && verdict->verdict.kind == judge::Verdict::Kind::held) marks.reach("held");
  if (verdict != nullptr && same && !was->undoing && is->undoing) marks.reach("rolled back by a trigger");
  if (same && !was->go_on && is->go_on &&
      transaction.event.index() == core::Event(core::TimePassed{}).index())
    marks.reach("undecided, and went on");
  if (was != nullptr && std::holds_alternative<core::HostRebooted>(transaction.event))
    marks.reach("rebooted during a deployment");
  if (before != nullptr && before->queued && !state.queued && is != nullptr &&
      is->record.number == before->queued_number)
    marks.reach("a queued deployment began");
  if (const auto* back = std::get_if<core::RollbackRequested>(&transaction.event)) {
    if (same && !was->undoing && is->undoing && is->record.promoted) marks.reach("went back by one switch");
    if (same && is->force && !was->force && back->force) marks.reach("rolled back by force");
    if (!same || (was->undoing == is->undoing)) {
      if (transaction.reply.message.find("already") != std::string::npos ||
          transaction.reply.message.find("brought back") != std::string::npos)
        marks.reach("the double click was answered");
    }
  }
  if (const auto* deploy = std::get_if<core::DeployRequested>(&transaction.event);
      deploy != nullptr && deploy->end_bake && same && was->record.promoted && state.queued &&
      !before->queued)
    marks.reach("a bake was cut short");
  if (same && !was->undoing && is->undoing) {
    const std::string& cause = is->record.cause;
    const auto says = [&](std::string_view text) { return cause.find(text) != std::string::npos; };
    if (says("address is taken")) marks.reach("a new address was taken");
    if (says("keeps ending")) marks.reach("a crash loop ended a deployment");
    if (says("were healthy within")) marks.reach("not healthy within grace");
    if (says("no progress")) marks.reach("no progress in time");
    if (says("smoke test"))
      marks.reach(is->record.promoted ? "smoke tests failed after promotion" : "smoke tests failed");
  }
  for (const core::DeploymentRecord& record : transaction.records) {
    if (!record.ended) continue;
    if (record.outcome == core::OutcomeKind::superseded) marks.reach("superseded");
    if (record.outcome == core::OutcomeKind::rolled_back && record.promoted)
      marks.reach("rolled back in bake");
  }
}

}  // namespace slipway::sim
