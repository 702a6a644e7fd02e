#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "judge/judge.h"
#include "judge/traffic.h"

namespace slipway::judge {
namespace {

struct Load {
  std::int64_t requests = 0;
  std::int64_t errors = 0;
};

void showValue(const Load& load, std::ostream& out) {
  out << load.errors << " of " << load.requests;
}

// Often near to a threshold of a half, with few requests or many.
rc::Gen<Load> any_load() {
  return rc::gen::map(rc::gen::tuple(rc::gen::element<std::int64_t>(0, 8, 30, 70), rc::gen::inRange(0, 101)),
                      [](std::tuple<std::int64_t, int> drawn) {
                        const auto [requests, percent] = drawn;
                        return Load{requests, requests * percent / 100};
                      });
}

constexpr std::int64_t length = 24;

std::vector<Load> any_loads() {
  return *rc::gen::container<std::vector<Load>>(length, any_load());
}

Trigger any_error_trigger() {
  return {Trigger::Metric::error_rate, Trigger::Statistic::mean,
          *rc::gen::element<std::int64_t>(0, 200'000, 400'000, 500'000, 1'000'000),
          seconds(*rc::gen::inRange(1, 21))};
}

Experience experience_of(const std::vector<Load>& loads) {
  Experience experience;
  for (std::size_t i = 0; i < loads.size(); ++i)
    ask(experience, static_cast<std::int64_t>(i), loads[i].requests, loads[i].errors);
  return experience;
}

Load sum(const std::vector<Load>& loads, std::int64_t from, std::int64_t to) {
  Load sum;
  for (std::int64_t i = std::max<std::int64_t>(from, 0); i < to; ++i) {
    sum.requests += loads[static_cast<std::size_t>(i)].requests;
    sum.errors += loads[static_cast<std::size_t>(i)].errors;
  }
  return sum;
}

bool beyond(Load load, std::int64_t threshold) {
  return load.errors * 1'000'000 > load.requests * threshold;
}

RC_GTEST_PROP(Look, SaysWhatItsDefinitionSays, ()) {
  const std::vector<Load> loads = any_loads();
  const Trigger trigger = any_error_trigger();
  const int since = *rc::gen::inRange(0, 12);
  const int now = *rc::gen::inRange(12, 25);
  const std::int64_t wanted = trigger.duration / seconds(1);
  const std::int64_t begin = now - wanted;

  const Load whole = sum(loads, std::max<std::int64_t>(begin, since), now);
  const bool known = whole.requests >= least_requests;
  bool breached = begin >= since && known && beyond(whole, trigger.threshold);
  const std::int64_t parts = std::min<std::int64_t>(5, wanted);
  if (begin >= since)
    for (std::int64_t i = 0; i < parts; ++i) {
      const Load part = sum(loads, begin + wanted * i / parts, begin + wanted * (i + 1) / parts);
      if (part.requests >= least_requests) breached = breached && beyond(part, trigger.threshold);
    }
  RC_CLASSIFY(breached, "breached");

  const Finding finding = look(trigger, experience_of(loads), at(since), at(now));
  RC_ASSERT(finding.known == known);
  RC_ASSERT(finding.beyond == (known && beyond(whole, trigger.threshold)));
  RC_ASSERT(finding.breached == breached);
  RC_ASSERT(finding.requests == whole.requests);
}

RC_GTEST_PROP(Look, MoreErrorsOfAsManyRequestsNeverMendABreach, ()) {
  std::vector<Load> loads = any_loads();
  const Trigger trigger = any_error_trigger();
  const bool before = look(trigger, experience_of(loads), at(0), at(length)).breached;
  for (Load& load : loads) load.errors += *rc::gen::inRange<std::int64_t>(0, load.requests - load.errors + 1);
  const bool after = look(trigger, experience_of(loads), at(0), at(length)).breached;
  RC_CLASSIFY(before, "breached before");
  RC_ASSERT(!before || after);
}

RC_GTEST_PROP(Look, AHigherThresholdNeverFiresWhereALowerDoesNot, ()) {
  const Experience experience = experience_of(any_loads());
  Trigger trigger = any_error_trigger();
  const bool lower = look(trigger, experience, at(0), at(length)).breached;
  trigger.threshold = *rc::gen::inRange<std::int64_t>(trigger.threshold, 1'000'001);
  RC_ASSERT(lower || !look(trigger, experience, at(0), at(length)).breached);
}

RC_GTEST_PROP(Look, SlowerAnswersNeverMendABreach, ()) {
  const Trigger trigger{Trigger::Metric::response_time,
                        *rc::gen::element(Trigger::Statistic::mean, Trigger::Statistic::p50,
                                          Trigger::Statistic::p90, Trigger::Statistic::p99),
                        *rc::gen::inRange<std::int64_t>(50, 500), seconds(*rc::gen::inRange(1, 21))};
  const auto times =
      *rc::gen::container<std::vector<std::int64_t>>(length * 20, rc::gen::inRange<std::int64_t>(1, 1000));
  Experience fast, slow;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto second = static_cast<std::int64_t>(i) / 20;
    ask(fast, second, 5, 0, Duration(times[i]));
    ask(slow, second, 5, 0, Duration(times[i] + *rc::gen::inRange<std::int64_t>(0, 100)));
  }
  const bool before = look(trigger, fast, at(0), at(length)).breached;
  RC_CLASSIFY(before, "breached before");
  RC_ASSERT(!before || look(trigger, slow, at(0), at(length)).breached);
}

RC_GTEST_PROP(JudgeOfAnything, NeverRollsBackWhatIsNotWorseThanStable, ()) {
  const Experience both = experience_of(any_loads());
  const Question question{{any_error_trigger()}, at(0), at(0)};
  const Verdict verdict = judge(question, both, both, at(length));
  RC_CLASSIFY(verdict.kind == Verdict::Kind::held, "held");
  RC_ASSERT(verdict.kind != Verdict::Kind::unhealthy);
  RC_ASSERT((verdict.kind == Verdict::Kind::held) ==
            look(question.triggers[0], both, at(0), at(length)).breached);
}

RC_GTEST_PROP(JudgeOfAnything, RollsBackWhateverATriggerSaysOfTheCanaryAlone, ()) {
  const Experience canary = experience_of(any_loads());
  const Question question{{any_error_trigger(), any_error_trigger()}, at(0), at(*rc::gen::inRange(0, 25))};
  bool breached = false;
  for (const Trigger& trigger : question.triggers)
    breached = breached || look(trigger, canary, at(0), at(length)).breached;
  const Verdict verdict = judge(question, canary, Experience{}, at(length));
  RC_ASSERT((verdict.kind == Verdict::Kind::unhealthy) == breached);
  RC_ASSERT(verdict.first_bad.has_value() == breached);
  RC_ASSERT(!verdict.reason.empty());
}

}  // namespace
}  // namespace slipway::judge
