#include "runner/audit.h"

#include <fmt/format.h>

namespace slipway::runner {
namespace {

// The person's part of a row.
struct Order {
  std::string command;
  std::string by;
  std::string subject;
  std::string reason;
};
using Asked = std::optional<Order>;

std::string said(const core::Release& release) {
  std::string text = release.version;
  if (release.revision > 0) text += fmt::format(", revision {}", release.revision);
  if (!release.digest.empty()) text += ", artifact " + release.digest;
  return text;
}

std::string said(const core::DeployRequested& event) {
  std::string text = said(event.request.release);
  if (event.end_bake) text += ", ends the bake before it";
  for (const auto& [check, reason] : event.request.overrides)
    text += fmt::format(", sets the check {} aside ({})", check, reason);
  return text;
}

std::string said(const core::RollbackRequested& event) {
  std::string text;
  if (event.earlier)
    text = "to " + said(event.earlier->release);
  else if (event.revision)
    text = fmt::format("to revision {}", *event.revision);
  else
    text = "to the release before";
  return event.force ? text + ", forced" : text;
}

std::string of_check(const std::string& check, const std::string& artifact) {
  return "check " + check + (artifact.empty() ? "" : ", artifact " + artifact);
}

// Every event is told apart here, so that a new command can't be forgotten.
struct Read {
  Asked operator()(const core::DeployRequested& event) const {
    return Order{"deploy", event.request.by, said(event), event.request.reason};
  }
  Asked operator()(const core::RollbackRequested& event) const {
    return Order{"rollback", event.by, said(event), event.reason};
  }
  Asked operator()(const core::AbortRequested& event) const {
    return Order{"abort", event.by, {}, event.reason};
  }
  Asked operator()(const core::PromoteRequested& event) const {
    return Order{"promote", event.by, {}, event.reason};
  }
  Asked operator()(const core::PauseRequested& event) const {
    return Order{"pause", event.by, {}, event.reason};
  }
  Asked operator()(const core::ResumeRequested& event) const {
    return Order{"resume", event.by, {}, event.reason};
  }
  Asked operator()(const core::FreezeRequested& event) const {
    return Order{"freeze", event.by,
                 fmt::format("from {} to {}", format_time(event.from), format_time(event.to)), event.reason};
  }
  Asked operator()(const core::FreezeLifted& event) const {
    return Order{"lift", event.by, fmt::format("freeze {}", event.number), event.reason};
  }
  Asked operator()(const core::EmergencyRequested& event) const {
    return Order{"emergency", event.by, "until " + format_time(event.until), event.reason};
  }
  Asked operator()(const core::ApprovalGiven& event) const {
    return Order{"approve", event.by, {}, event.reason};
  }
  Asked operator()(const core::ApprovalDeclined& event) const {
    return Order{"decline", event.by, {}, event.reason};
  }
  Asked operator()(const core::Attested& event) const {
    return Order{"attest", event.by, of_check(event.check, event.artifact), event.note};
  }
  Asked operator()(const core::CheckOverridden& event) const {
    return Order{"override", event.by, of_check(event.check, {}), event.reason};
  }
  Asked operator()(const core::EffectEnded&) const { return {}; }
  Asked operator()(const core::InstanceObserved&) const { return {}; }
  Asked operator()(const core::VerdictChanged&) const { return {}; }
  Asked operator()(const core::TimePassed&) const { return {}; }
  Asked operator()(const core::HostRebooted&) const { return {}; }
  Asked operator()(const core::LeaseLapsed&) const { return {}; }
  Asked operator()(const core::LeaseRenewed&) const { return {}; }
  Asked operator()(const core::WasAway&) const { return {}; }
  Asked operator()(const core::ClockJumped&) const { return {}; }
  Asked operator()(const core::CalendarResolved&) const { return {}; }
  Asked operator()(const core::AlertChanged&) const { return {}; }
  Asked operator()(const core::ReleaseOffered&) const { return {}; }
  Asked operator()(const core::ProofWithdrawn&) const { return {}; }
  Asked operator()(const core::ListenersChanged&) const { return {}; }
  Asked operator()(const core::ServersObserved&) const { return {}; }
};

}  // namespace

std::optional<AuditEntry> audited(const Transaction& transaction) {
  Asked order = std::visit(Read{}, transaction.event);
  if (!order) return std::nullopt;
  return AuditEntry{.time = transaction.time,
                    .target = transaction.target.text(),
                    .event = transaction.number,
                    .by = std::move(order->by),
                    .origin = transaction.origin,
                    .command = std::move(order->command),
                    .subject = std::move(order->subject),
                    .reason = std::move(order->reason),
                    .accepted = transaction.reply.accepted,
                    .message = transaction.reply.message,
                    .deployment = transaction.reply.deployment.value_or(0)};
}

}  // namespace slipway::runner
