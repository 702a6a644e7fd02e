#include "core/event.h"

namespace slipway::core {

std::string_view kind(const Event& event) {
  struct Kinds {
    std::string_view operator()(const DeployRequested&) const { return "deploy requested"; }
    std::string_view operator()(const RollbackRequested&) const { return "rollback requested"; }
    std::string_view operator()(const AbortRequested&) const { return "abort requested"; }
    std::string_view operator()(const PromoteRequested&) const { return "promote requested"; }
    std::string_view operator()(const PauseRequested&) const { return "pause requested"; }
    std::string_view operator()(const ResumeRequested&) const { return "resume requested"; }
    std::string_view operator()(const VerdictChanged&) const { return "verdict changed"; }
    std::string_view operator()(const EffectEnded&) const { return "effect ended"; }
    std::string_view operator()(const InstanceObserved&) const { return "instance observed"; }
    std::string_view operator()(const TimePassed&) const { return "time passed"; }
    std::string_view operator()(const HostRebooted&) const { return "host rebooted"; }
    std::string_view operator()(const LeaseLapsed&) const { return "lease lapsed"; }
    std::string_view operator()(const LeaseRenewed&) const { return "lease renewed"; }
    std::string_view operator()(const WasAway&) const { return "was away"; }
    std::string_view operator()(const ClockJumped&) const { return "clock jumped"; }
    std::string_view operator()(const CalendarResolved&) const { return "calendar resolved"; }
    std::string_view operator()(const FreezeRequested&) const { return "freeze requested"; }
    std::string_view operator()(const FreezeLifted&) const { return "freeze lifted"; }
    std::string_view operator()(const EmergencyRequested&) const { return "emergency requested"; }
    std::string_view operator()(const ApprovalGiven&) const { return "approval given"; }
    std::string_view operator()(const ApprovalDeclined&) const { return "approval declined"; }
    std::string_view operator()(const Attested&) const { return "attested"; }
    std::string_view operator()(const CheckOverridden&) const { return "check overridden"; }
    std::string_view operator()(const AlertChanged&) const { return "alert changed"; }
    std::string_view operator()(const ReleaseOffered&) const { return "release offered"; }
    std::string_view operator()(const ProofWithdrawn&) const { return "proof withdrawn"; }
    std::string_view operator()(const ListenersChanged&) const { return "listeners changed"; }
    std::string_view operator()(const ServersObserved&) const { return "servers observed"; }
  };
  return std::visit(Kinds{}, event);
}

}  // namespace slipway::core
