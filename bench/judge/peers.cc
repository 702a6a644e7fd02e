#include "peers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/check.h"

namespace slipway::bench {
namespace {

constexpr double alpha = 0.01;
constexpr double slow_ms = 500, good = 0.99;

// Howard and Ramdas, Sequential estimation of quantiles (1906.09712), of a whole distribution function.
double band(double requests, double level) {
  const double n = std::max(requests, 3.0);
  return 0.85 * std::sqrt((std::log(std::log(std::numbers::e * n)) + 0.8 * std::log(1612 / level)) / n);
}

// Buckets of 5 %.
constexpr double bucket_growth = 0.05;
std::size_t bucket_of(double ms) {
  const double place = std::log(std::max(ms, shortest_ms) / shortest_ms) / std::log1p(bucket_growth);
  return std::min(static_cast<std::size_t>(place), Peers::buckets - 1);
}
double end_of(int bucket) {
  return shortest_ms * std::pow(1 + bucket_growth, bucket + 1);
}

}  // namespace

std::string_view name(Rule rule) {
  switch (rule) {
    case Rule::seed:
      return "seed's rule";
    case Rule::flagger:
      return "Flagger";
    case Rule::argo_docs:
      return "Argo 5 m";
    case Rule::argo_tight:
      return "Argo 1 m/99 %";
    case Rule::kayenta:
      return "Kayenta";
    case Rule::kdd22:
      return "KDD'22-like";
  }
  CHECK(false);
}

Peers::Peers(const Scene& scene) : baseline_instances_(scene.canary_instances()) {
  decided_.fill(std::numeric_limits<double>::infinity());
}

void Peers::Sum::add(const Request& request) {
  ++requests;
  errors += request.failed ? 1 : 0;
  total_ms += request.ms;
  ++times[bucket_of(request.ms)];
}

double Peers::Sum::p99() const {
  if (requests == 0) return 0;
  double seen = 0;
  int bucket = 0;
  while ((seen += times[static_cast<std::size_t>(bucket)]) < 0.99 * requests) ++bucket;
  return end_of(bucket);
}

void Peers::decide(Rule rule, int second) {
  double& decided = decided_[static_cast<std::size_t>(rule)];
  decided = std::min(decided, static_cast<double>(second));
}

void Peers::look(int second, double weight, const std::vector<Request>& requests) {
  std::array<double, 3> now{};
  for (const Request& request : requests) {
    if (!request.canary) {
      stable_.add(request);
      if (request.instance < baseline_instances_) minute_baseline_.add(request);
      continue;
    }
    for (Sum* sum : {&minute_, &five_, &canary_}) sum->add(request);
    now[0] += 1;
    now[1] += request.failed ? 1 : 0;
    now[2] += request.ms;
  }
  seconds_.push_back(now);
  const int passed = second + 1;
  ask_kdd22(passed, weight);
  if (passed % 30 == 0) ask_seed(passed);
  if (passed % 60 == 0) ask_by_the_minute(passed);
  if (passed % 300 == 0) ask_argo(passed);
  if (passed % 300 == 0) ask_kayenta(passed);
}

void Peers::ask_seed(int second) {
  std::array<double, 3> sum{};
  for (std::size_t i = seconds_.size() - std::min<std::size_t>(300, seconds_.size()); i < seconds_.size();
       ++i)
    for (std::size_t k = 0; k < 3; ++k) sum[k] += seconds_[i][k];
  if (sum[0] > 0 && (sum[1] > 0.05 * sum[0] || sum[2] > 2000 * sum[0])) decide(Rule::seed, second);
}

void Peers::ask_by_the_minute(int second) {
  if (flagger_due_ > 0 && second >= flagger_due_) decide(Rule::flagger, second);
  const bool any = minute_.requests > 0;
  const double p99 = minute_.p99();
  const bool bad = minute_.error_rate() > 1 - good || p99 > slow_ms;
  if (!any || bad) ++flagger_failures_;
  if (flagger_failures_ >= 5 && flagger_due_ == 0) flagger_due_ = second + 60;
  if (any && bad) decide(Rule::argo_tight, second);
  if (any) {
    errors_.canary.push_back(minute_.error_rate());
    means_.canary.push_back(minute_.mean());
    p99s_.canary.push_back(p99);
  }
  if (minute_baseline_.requests > 0) {
    errors_.baseline.push_back(minute_baseline_.error_rate());
    means_.baseline.push_back(minute_baseline_.mean());
    p99s_.baseline.push_back(minute_baseline_.p99());
  }
  minute_ = minute_baseline_ = Sum();
}

void Peers::ask_argo(int second) {
  if (five_.error_rate() > 0.05) ++argo_failures_;
  if (argo_failures_ > 3) decide(Rule::argo_docs, second);
  five_ = Sum();
}

void Peers::ask_kayenta(int second) {
  if (errors_.worse() || means_.worse() || p99s_.worse()) decide(Rule::kayenta, second);
}

// The shift of Hodges and Lehmann with its lower limit, as Kayenta's classifier compares them: beyond a
// quarter of the shift itself, and the mean not below.
bool Peers::Points::worse() const {
  if (canary.empty() || baseline.empty()) return false;
  std::vector<double> differences;
  for (const double c : canary)
    for (const double b : baseline) differences.push_back(c - b);
  std::ranges::sort(differences);
  const auto m = static_cast<double>(canary.size()), n = static_cast<double>(baseline.size());
  const double spread = std::sqrt(m * n * (m + n + 1) / 12);
  const double rank = std::max(0.0, std::floor(m * n / 2 - 2.3263 * spread - 0.5));
  const std::size_t half = differences.size() / 2;
  const double shift =
      differences.size() % 2 == 1 ? differences[half] : (differences[half - 1] + differences[half]) / 2;
  if (differences[static_cast<std::size_t>(rank)] <= 0.25 * std::abs(shift)) return false;
  return std::reduce(canary.begin(), canary.end()) / m >= std::reduce(baseline.begin(), baseline.end()) / n;
}

void Peers::ask_kdd22(int second, double weight) {
  if (decided(Rule::kdd22) < second) return;
  constexpr double prior = 10;
  const double c = prior * weight, s = prior * (1 - weight);
  const double evidence = log_gamma(c + canary_.errors) + log_gamma(s + stable_.errors) -
                          log_gamma(prior + canary_.errors + stable_.errors) -
                          (log_gamma(c) + log_gamma(s) - log_gamma(prior)) -
                          canary_.errors * std::log(weight) - stable_.errors * std::log1p(-weight);
  if (evidence >= std::log(2 / alpha)) decide(Rule::kdd22, second);
  if (second % 5 != 0 || canary_.requests == 0 || stable_.requests == 0) return;
  const double least = band(canary_.requests, alpha / 4) + band(stable_.requests, alpha / 4);
  double below_canary = 0, below_stable = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    below_canary += canary_.times[i] / canary_.requests;
    below_stable += stable_.times[i] / stable_.requests;
    if (std::abs(below_canary - below_stable) > least) decide(Rule::kdd22, second);
  }
}

}  // namespace slipway::bench
