#include "base/result.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(ErrorKinds, AreKnownByTheirNamesAlsoAsOlderShimsWriteThem) {
  EXPECT_EQ(kind_named("not_found"), ErrorKind::not_found);
  EXPECT_EQ(kind_named("not found"), ErrorKind::not_found);
  EXPECT_EQ(kind_named(name(ErrorKind::outcome_unknown)), ErrorKind::outcome_unknown);
  EXPECT_EQ(kind_named("moon landed"), ErrorKind::internal);
}

}  // namespace
}  // namespace slipway
