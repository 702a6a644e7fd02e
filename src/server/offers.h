#pragma once

#include <functional>

#include "drivers/hand.h"

namespace slipway::server {

// Does OfferRelease: hands the release to the other target as an event. Saying it twice changes nothing
// there.
class Offers final : public runner::Driver {
 public:
  using Handing = std::function<void(const core::Target&, core::Event)>;

  explicit Offers(drivers::Post post) : post_(std::move(post)) {}
  // To be said before the first effect.
  void hand_to(Handing handing) { handing_ = std::move(handing); }

  void observe(const core::Effect& effect, Seen seen) override;
  void perform(const core::Effect& effect, Done done) override;

 private:
  drivers::Post post_;
  Handing handing_;
};

}  // namespace slipway::server
