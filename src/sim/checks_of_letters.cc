#include <algorithm>

#include "sim/checks.h"

// Who is told what of a deployment: each once, and in order.
namespace slipway::sim {
namespace {

using core::NoticeKind;

bool is_end(NoticeKind kind) {
  return kind == NoticeKind::completed || kind == NoticeKind::failed || kind == NoticeKind::rolled_back ||
         kind == NoticeKind::checklist_failed;
}

bool same(const core::Letter& one, const core::Letter& other) {
  return one.channel == other.channel && one.notice == other.notice;
}

}  // namespace

void Checks::check_letters(Seen& seen, const core::TargetState* before,
                           const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  static const std::vector<core::Letter> none;
  const auto& was = before == nullptr ? none : before->outbox;
  for (const core::Letter& letter : was) {
    if (std::ranges::any_of(state.outbox, [&](const core::Letter& other) { return same(letter, other); }))
      continue;
    const auto* ended = std::get_if<core::EffectEnded>(&transaction.event);
    if (ended == nullptr || letter.open != ended->id)
      broke("told",
            fmt::format("{} is no longer to hear that deployment {} has {}, and nobody answered",
                        transaction.target.text(), letter.notice.deployment, core::name(letter.notice.kind)));
  }
  for (const core::Letter& letter : state.outbox) {
    if (std::ranges::any_of(was, [&](const core::Letter& other) { return same(letter, other); })) continue;
    if (letter.notice.kind == NoticeKind::started) seen.letters[letter.notice.deployment] += 1;
    if (is_end(letter.notice.kind)) seen.letters_of_ends[letter.notice.deployment] += 1;
  }
  for (const core::DeploymentRecord& record : transaction.records) {
    if (!record.ended) continue;
    note_outcome(transaction, record);
    const auto begun = seen.letters.find(record.number);
    if (begun == seen.letters.end() || record.outcome == core::OutcomeKind::superseded) continue;
    if (seen.letters_of_ends[record.number] < begun->second)
      broke("told", fmt::format("deployment {} of {} has {}, and who heard that it began isn't told",
                                record.number, transaction.target.text(), core::name(record.outcome)));
  }
}

// At the receiver, which can tell letters by their ids.
void Checks::letter_arrives(Seen& seen, const core::Notify& letter) {
  const int channel = channel_number(letter.channel);
  const std::string whose = fmt::format("channel {} hears that deployment {} is {}", channel,
                                        letter.notice.deployment, core::name(letter.notice.kind));
  Told& told = seen.told[{letter.notice.deployment, channel}];
  if (!told.ids.insert(letter.id).second) {
    world_.scene.marks.reach("a letter came twice, with one id");
    if (told.newest != letter.id) broke("told", fmt::format("{} again, after something later", whose));
    return;
  }
  told.newest = letter.id;
  if (letter.notice.at < told.last) broke("told", fmt::format("{} after something later", whose));
  told.last = letter.notice.at;
  const bool once = is_end(letter.notice.kind) || letter.notice.kind == NoticeKind::started;
  if (once && !told.kinds.insert(letter.notice.kind).second)
    broke("told", fmt::format("{} twice, with two ids", whose));
}

void Checks::note_outcome(const runner::Transaction& transaction, const core::DeploymentRecord& record) {
  const auto since = [](Time time) { return time.time_since_epoch().count(); };
  outcomes_.push_back(fmt::format("{} {} {} {} from {} to {}, promoted {}: {}", transaction.target.text(),
                                  record.number, record.release.version, core::name(record.outcome),
                                  since(record.started), since(*record.ended),
                                  record.promoted ? since(*record.promoted) : 0, record.cause));
  const bool whole =
      record.outcome == core::OutcomeKind::promoted && record.kind == core::Request::Kind::deploy;
  if (transaction.target.environment == "staging" && whole)
    proofs_.push_back({"staging", record.release.digest, record.number, transaction.time});
}

}  // namespace slipway::sim
