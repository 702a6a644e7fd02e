#include "base/json.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace slipway {
namespace {

TEST(Json, WhatIsNotJsonIsRefusedWithItsPlace) {
  const auto parsed = parse_json("{\"a\": }");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(parsed.error().message.find("at byte 7"), std::string::npos) << parsed.error().message;
}

TEST(Json, NestingWithoutEndIsRefused) {
  EXPECT_TRUE(parse_json(std::string(150, '[') + std::string(150, ']')).has_value());
  EXPECT_FALSE(parse_json(std::string(100'000, '[')).has_value());
  EXPECT_FALSE(parse_json(std::string(300, '[') + std::string(300, ']')).has_value());
}

TEST(Json, AValueOfAnotherTypeIsInvalidInputAndNoException) {
  const auto number = decode<int>(Json("five"), "instances");
  ASSERT_FALSE(number.has_value());
  EXPECT_TRUE(number.error().message.starts_with("instances: ")) << number.error().message;
}

TEST(Sha256, IsTheStandardOne) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace slipway
