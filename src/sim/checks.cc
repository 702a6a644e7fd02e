#include "sim/checks.h"

#include "sim/landmarks.h"

namespace slipway::sim {

void Checks::broke(std::string_view invariant, std::string detail) {
  if (!broken_) broken_ = Broken{std::string(invariant), std::move(detail)};
}

void Checks::appended(const core::TargetState* before, const runner::Transaction& transaction) {
  journal_works_ = true;
  Seen& seen = this->seen(transaction.target);
  const int place = world_.scene.index(transaction.target);
  check_numbers(before, transaction);
  if (const auto sentence = core::broken_invariant(transaction.state)) broke("state", *sentence);
  note_look(seen, before, transaction);
  note_servers(seen, transaction);
  if (std::holds_alternative<core::HostRebooted>(transaction.event)) seen.open.clear();
  if (transaction.closes) seen.open.erase(*transaction.closes);
  for (const core::Effect& effect : transaction.effects)
    seen.open.emplace(effect.id, Open{.effect = effect, .journalled = world_.life});
  if (std::holds_alternative<core::ClockJumped>(transaction.event))
    seen.wall_offset = world_.scene.wall_offset();
  check_records(seen, transaction);
  check_capacity(before, transaction);
  check_served(seen, before, transaction);
  check_hold(seen, before, transaction);
  check_bake(seen, before, transaction);
  check_applied(transaction, place);
  check_gates(seen, before, transaction);
  check_letters(seen, before, transaction);
  // Several may be taken at once, after they had to wait for the journal.
  if (const auto& wanted = transaction.state.traffic.wanted; wanted && wanted->weight > 0) seen.home.reset();
  note_landmarks(world_.scene.marks, before, transaction);
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

void Checks::lost_tail() {
  for (int place = 0; place < world_.scene.places(); ++place) {
    Seen& seen = targets_[static_cast<std::size_t>(place)];
    const Seen before = std::exchange(seen, Seen{});
    seen.wall_offset = before.wall_offset;
    seen.bake_cut = seen.stale = true;
    const core::TargetState* state = journal(place);
    remember_gates(seen, before, state);
    if (state != nullptr && state->deployment) seen.begun.insert(state->deployment->record.number);
    if (state != nullptr && state->queued) seen.begun.insert(state->queued_number);
    for (const auto& [number, met] : before.heard)
      if (state != nullptr && number <= state->deployments) seen.heard.emplace(number, met);
    seen.anew = before.anew;
    if (state != nullptr)
      for (const auto* fleet : {&state->stable, &state->canary, &state->previous})
        if (*fleet)
          for (const core::Instance& instance : (*fleet)->instances)
            if (instance.seen != core::Seen::up) seen.not_up.insert(instance.name);
    for (const int number : before.tested)
      if (state != nullptr && number <= state->deployments) seen.tested.insert(number);
    for (const int number : before.begun)
      if (state == nullptr || number > state->deployments)
        world_.scene.marks.reach("a deployment was lost with the journal's tail");
  }
}

void Checks::look(const std::map<core::Target, core::TargetState>* live) {
  for (int place = 0; place < world_.scene.places(); ++place) {
    Seen& seen = targets_[static_cast<std::size_t>(place)];
    const core::TargetState* state = journal(place);
    check_everywhere(place);
    check_kept(seen, place, state);
    check_lapse(seen, place);
    check_users(seen, place, state);
    check_way_back(seen, place, state);
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

}  // namespace slipway::sim
