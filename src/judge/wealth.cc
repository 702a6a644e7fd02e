#include "judge/wealth.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/json.h"

namespace slipway::judge {
namespace {

// Beyond any limit, and exp() of it is still a number.
constexpr double enough = 300;
// The logarithm of nothing, as a number that can be written down.
constexpr double no_bet = -1e300;
// Of a share of 1: nothing but rounding.
constexpr double nothing = 1e-12;

double log_add(double a, double b) {
  const double more = std::max(a, b), less = std::min(a, b);
  return more + std::log1p(std::exp(less - more));
}

// ln Σ exp(log_of(i)) for 0 ≤ i < n.
template <class LogOf>
double log_sum(std::size_t n, LogOf log_of) {
  double most = log_of(0);
  for (std::size_t i = 1; i < n; ++i) most = std::max(most, log_of(i));
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += std::exp(log_of(i) - most);
  return most + std::log(sum);
}

}  // namespace

double log_sum(std::span<const double> logarithms) {
  return log_sum(logarithms.size(), [&](std::size_t i) { return logarithms[i]; });
}

Wealth::Wealth(std::vector<double> priors, Plan plan) : plan_(plan), reserve_(1 - plan.first) {
  CHECK(!priors.empty() && plan.first > 0 && plan.first + plan.kept <= 1 && plan.every > 0);
  portion_ = plan.injections > 0 ? (reserve_ - plan.kept) / plan.injections : 0;
  for (const double prior : priors) {
    log_priors_.push_back(prior > 0 ? std::log(prior) : no_bet);
    log_bets_.push_back(log_priors_.back() + std::log(plan.first));
  }
}

void Wealth::begin_second() {
  const bool due = second_ > 0 && second_ % plan_.every == 0;
  ++second_;
  const double amount = std::min(portion_, reserve_ - plan_.kept);
  if (!due || amount <= nothing) return;
  for (std::size_t i = 0; i < log_bets_.size(); ++i)
    log_bets_[i] = log_add(log_bets_[i], log_priors_[i] + std::log(amount));
  reserve_ -= amount;
}

void Wealth::multiply(std::span<const double> log_gains) {
  for (std::size_t i = 0; i < log_bets_.size(); ++i)
    log_bets_[i] = std::min(log_bets_[i] + log_gains[i], enough);
}

void Wealth::cut(double log_total) {
  scale_to(log_total, log_sum(log_bets_));
}

void Wealth::cut(double log_total, std::span<const double> log_gains) {
  scale_to(log_total, log_sum(log_bets_.size(),
                              [&](std::size_t i) { return std::min(log_bets_[i] + log_gains[i], enough); }));
}

void Wealth::scale_to(double log_total, double log_invested) {
  const double target = std::max(std::exp(log_total) - reserve_, nothing);
  const double scale = std::log(target / std::exp(log_invested));
  if (scale >= 0) return;
  for (double& bet : log_bets_) bet += scale;
}

void Wealth::start_over() {
  const double total = log_total();
  for (std::size_t i = 0; i < log_bets_.size(); ++i) log_bets_[i] = log_priors_[i] + total;
  reserve_ = 0;
}

double Wealth::log_total() const {
  return with_reserve(log_sum(log_bets_));
}

double Wealth::log_total(std::span<const double> log_gains) const {
  return with_reserve(log_sum(log_bets_.size(),
                              [&](std::size_t i) { return std::min(log_bets_[i] + log_gains[i], enough); }));
}

double Wealth::with_reserve(double log_invested) const {
  return reserve_ > nothing ? log_add(log_invested, std::log(reserve_)) : log_invested;
}

Json Wealth::checkpoint() const {
  return {{"bets", log_bets_}, {"reserve", reserve_}, {"second", second_}};
}

void Wealth::restore(const Json& checkpoint) {
  auto bets = checkpoint.at("bets").get<std::vector<double>>();
  if (bets.size() != log_bets_.size()) throw Json::other_error::create(501, "not as many bets", &checkpoint);
  log_bets_ = std::move(bets);
  checkpoint.at("reserve").get_to(reserve_);
  checkpoint.at("second").get_to(second_);
}

}  // namespace slipway::judge
