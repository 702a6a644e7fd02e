#include "server/offers.h"

#include "base/check.h"

namespace slipway::server {

void Offers::observe(const core::Effect&, Seen seen) {
  post_([seen = std::move(seen)] { seen(std::nullopt); });
}

void Offers::perform(const core::Effect& effect, Done done) {
  const auto* offer = std::get_if<core::OfferRelease>(&effect.body);
  CHECK(offer != nullptr && handing_);
  post_([this, offer = *offer, done = std::move(done)] {
    handing_(offer.to, core::ReleaseOffered{offer.release, offer.from});
    done({});
  });
}

}  // namespace slipway::server
