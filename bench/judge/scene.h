#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "law.h"

// What is simulated: a rollout of 25 minutes, of a good release or a bad one.
namespace slipway::bench {

inline constexpr int rollout_seconds = 1500;

// What users and instances do while the release is as good as the old one.
enum class Suite {
  independent,     // every request for itself
  bursts_of_both,  // on average every 5 min: 5 s with 30 % errors and times × 3, everywhere
  drift_of_both,   // in 25 min: traffic × 2, errors × 4, times × 1.4
  bursts_of_one,   // each instance on average every 30 min: about 3 s with 50 % errors and times × 3
  sticky_retries,  // who meets an error tries again, four times on average, at the same release, in vain
  heavy_clients,   // clients by Zipf's law, one with 20 % of all requests; each has times and errors of its
                   // own, and keeps its release
};
inline constexpr Suite suites[] = {Suite::bursts_of_one,  Suite::sticky_retries, Suite::heavy_clients,
                                   Suite::bursts_of_both, Suite::drift_of_both,  Suite::independent};
std::string_view name(Suite suite);

// What is wrong with the canary.
struct Fault {
  std::string name = "none";
  double errors = -1;  // share; negative: as stable's
  Times times;
};
std::vector<Fault> faults();  // the nine of the tables
Fault fault(std::string_view name);

// The share of requests that goes to the canary, from a second of the rollout on.
struct Step {
  int from = 0;
  double weight = 0.05;  // 0 … 1
};
struct Schedule {
  std::string name;
  std::vector<Step> steps;
  double weight_at(int second) const;
};
std::vector<Schedule> schedules();  // 5 %, 25 %, 50 %, and the seed's steps 5, 25, 50
Schedule constant(double weight);

struct Scene {
  Suite suite = Suite::independent;
  Schedule schedule = constant(0.05);
  double rate = 100;           // requests/s of both arms
  double base_errors = 0.005;  // stable's share
  Fault fault;
  int onset = 0;       // the second from which the fault is there
  int instances = 20;  // of both arms; of a schedule with steps half are the canary's, else its share
  int canary_instances() const;
};
std::string describe(const Scene& scene);

}  // namespace slipway::bench
