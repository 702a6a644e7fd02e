#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/event.h"

// How a script says what people ask for. Times are written as how long they are after the script's beginning:
// "90m"; "90m..3h" is from the one to just before the other.
namespace slipway::scenario {

Duration duration(const std::string& text);
std::string rest(const std::vector<std::string>& words, std::size_t from);

// What a script's "deploy" asks for, but for the release's revision:
//   deploy VERSION [by=NAME] [digest=LETTER] [instances=N] [steps=25:10m,100] [bake=T] [grace=T] [smoke]
//     [listen=ADDRESS] [preview=ADDRESS] [triggers] [compared] [undecided=pause|advance|roll_back]
//     [--end-bake] [check=NAME[:attest][:fresh=T]]… [override=NAME:WHY]… [approvals=N[:T[:proceed]]]
//     [class=major|minor|patch|hotfix] [class_approvals=N] [open=FROM..TO[:longest=T]]…
//     [closed=FROM..TO:WHY]… [at=next|T] [at_close=hold|roll_back] [after=ENVIRONMENT]
//     [proof=ENVIRONMENT[:LETTER]] [then=ENVIRONMENT] [rollback_within=T] [notify=NAME:KIND+KIND…]…
//     [alert=NAME[:roll_back][:command][:silent]]…
core::DeployRequested read_deploy(const std::vector<std::string>& words, Time begin);

// approve WHO [WHY…] | decline WHO [WHY…] | attest WHO CHECK [of=LETTER] | override WHO CHECK [WHY…] |
// freeze WHO FROM..TO [WHY…] | unfreeze WHO N | emergency WHO UNTIL PEOPLE [WHY…]
std::optional<core::Event> read_word_of_a_person(const std::vector<std::string>& words, Time begin);

// fires ALERT VALUE | ceases ALERT | offered VERSION FROM | withdrawn ENVIRONMENT DEPLOYMENT CAUSE | resolved
// [open=FROM..TO]…; of the deployment.
std::optional<core::Event> read_word_of_the_world(const std::vector<std::string>& words, Time begin,
                                                  int deployment);

}  // namespace slipway::scenario
