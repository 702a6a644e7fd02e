#pragma once

#include "crew.h"

// The tables of docs/judge.md. Each says whether what is promised of it holds.
namespace slipway::bench {

bool false_rollbacks(const Effort& effort);  // 1: of good releases, in six suites
bool efficiency(const Effort& effort);       // 2: requests over the least that any test needs
bool speed(const Effort& effort);            // 3: seconds, beside others' rules
bool onset(const Effort& effort);            // 4: what begins late
bool acceptance(const Effort& effort);       // 4: releases that are accepted early, rightly and wrongly
bool limits(const Effort& effort);           // 4: a release at 80 % of its limits

// "ok" or "BROKEN", and what was promised.
bool report(bool holds, std::string_view promise);

}  // namespace slipway::bench
