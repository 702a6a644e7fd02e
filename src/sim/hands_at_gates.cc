#include "sim/hands.h"

// How checks, letters and what else people wait for go.
namespace slipway::sim {
namespace {

using Kind = Entry::Kind;
using core::Outcome;

Outcome not_told(Outcome::Status status, std::string message) {
  Outcome outcome;
  outcome.status = status;
  outcome.message = std::move(message);
  return outcome;
}

}  // namespace

Hands::Course Hands::course_of(const core::RunCheck& run, int place, Draw& draw) {
  Course course{.acts = draw.time(20, 2000), .answers = draw.time(1, 50), .outcome = {}};
  const bool looks = !world_.scene.window(Kind::checks_unavailable, place);
  if (!looks) {
    course.does = false;
    course.outcome = not_told(Outcome::Status::unavailable, "it can't be looked at");
    return course;
  }
  const bool first = run.check.name == check_name(0);
  const bool met = !first || !world_.scene.is(Kind::fails_check, place, run.release.revision);
  course.outcome.evidence = core::Evidence{.check = run.check.name,
                                           .passed = met,
                                           .summary = met ? "exited with status 0" : "exited with status 1"};
  return course;
}

Hands::Course Hands::course_of(const core::Notify&, int place, Draw& draw) {
  Course course{.acts = draw.time(5, 500), .answers = draw.time(1, 50), .outcome = {}};
  const Scene& scene = world_.scene;
  if (scene.window(Kind::receiver_down, place)) {
    course.does = false;
    course.outcome = not_told(Outcome::Status::unavailable, "connection refused");
  } else if (scene.window(Kind::receiver_refuses, place)) {
    course.does = false;
    course.outcome = not_told(Outcome::Status::failed, "status 404");
  } else if (scene.window(Kind::receiver_busy, place)) {
    course.does = false;
    course.outcome = not_told(Outcome::Status::unavailable, "status 429");
    course.outcome.retry_after = draw.time(0, 20) * 1000;
  } else if (scene.window(Kind::receiver_slow, place)) {
    course.answers = draw.time(1'000, 10'000);
    if (draw.chance(1, 2)) course.outcome = not_told(Outcome::Status::unavailable, "no answer within 10 s");
  }
  return course;
}

Hands::Course Hands::course_of(const core::OfferRelease&, int, Draw& draw) {
  return {.acts = draw.time(1, 5), .answers = draw.time(1, 5), .outcome = {}};
}

Hands::Course Hands::course_of(const core::RunAlertCommand&, int, Draw& draw) {
  return {.acts = draw.time(5, 500), .answers = draw.time(1, 50), .outcome = {}};
}

}  // namespace slipway::sim
