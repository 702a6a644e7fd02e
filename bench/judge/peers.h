#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "stream.h"

// What others' rules would have done with the same requests, as their documentation has them.
namespace slipway::bench {

enum class Rule {
  seed,        // ErrorRate > 5 % or mean > 2000 ms over the last 5 min, asked each 30 s
  flagger,     // each minute: success < 99 % or p99 > 500 ms; the fifth failure rolls back at the next look
  argo_docs,   // each 5 min: success < 95 %; more than 3 failures
  argo_tight,  // each minute: success < 99 % or p99 > 500 ms; the first failure
  kayenta,     // each 5 min: Mann–Whitney (98 %) on points of a minute, against as many requests of stable
  kdd22,  // Lindon et al., KDD'22: Dirichlet-multinomial for errors, bands of Howard and Ramdas for times; 1
          // % in all
};
inline constexpr Rule rules[] = {Rule::seed,       Rule::flagger, Rule::argo_docs,
                                 Rule::argo_tight, Rule::kayenta, Rule::kdd22};
std::string_view name(Rule rule);

class Peers {
 public:
  explicit Peers(const Scene& scene);
  void look(int second, double weight, const std::vector<Request>& requests);
  // Seconds from the start until the rule rolled back; infinity: never.
  double decided(Rule rule) const { return decided_[static_cast<std::size_t>(rule)]; }

  static constexpr std::size_t buckets = 200;

 private:
  struct Sum {
    double requests = 0, errors = 0, total_ms = 0;
    std::array<std::uint32_t, buckets> times{};
    void add(const Request& request);
    double error_rate() const { return requests > 0 ? errors / requests : 0; }
    double mean() const { return requests > 0 ? total_ms / requests : 0; }
    double p99() const;
  };
  struct Points {
    std::vector<double> canary, baseline;
    bool worse() const;
  };

  void decide(Rule rule, int second);
  void ask_seed(int second);
  void ask_by_the_minute(int second);
  void ask_argo(int second);
  void ask_kayenta(int second);
  void ask_kdd22(int second, double weight);

  int baseline_instances_;  // of stable, as many as the canary has
  std::array<double, std::size(rules)> decided_;
  Sum minute_, minute_baseline_, five_, canary_, stable_;
  std::vector<std::array<double, 3>> seconds_;  // of the canary: requests, errors, ms
  int flagger_failures_ = 0, flagger_due_ = 0, argo_failures_ = 0;
  Points errors_, means_, p99s_;
};

}  // namespace slipway::bench
