#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/slots.h"
#include "core/gates.h"
#include "core/notice.h"

namespace slipway::sim {

// From `from` to just before `to`, after the run's beginning.
struct Span {
  Duration from{}, to{};
  bool operator==(const Span&) const = default;
};

// What is asked of a release before it begins at a place, and who is told of it.
struct Gate {
  int checks = 0;  // lines of the checklist: the first is looked at, what is seen of the second is good for
                   // `fresh`, the third a person says
  Duration fresh{};
  int approvals = 0;
  Duration expires{};
  bool proceeds = false;   // where too few approved in time
  std::vector<Span> open;  // none: at any time
  std::vector<Span> closed;
  core::AtClose at_close = core::AtClose::finish;
  bool after = false;  // takes only what the second place has had
  int people = 1;      // for an emergency window
  int channels = 0;
  bool operator==(const Gate&) const = default;
};

std::string describe(const Gate& gate);
bool read_gate(const std::vector<std::string>& words, Gate& gate);  // false: they can't be read

// As an API hands them to the core.
core::Gates gates_of(const Gate& gate);
calendar::Slots slots_of(const Gate& gate);
std::vector<core::Channel> channels_of(const Gate& gate);
std::string check_name(int index);
// A channel's place among those of its target.
int channel_number(const core::Channel& channel);

}  // namespace slipway::sim
