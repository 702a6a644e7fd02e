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

TEST(Json, SaysInPlainWordsWhatIsWrong) {
  const auto said = [](std::string_view text) { return parse_json(text).error().message; };
  EXPECT_EQ(said("{\"a\": }"), "not JSON (at byte 7): there is }, where a value is expected");
  EXPECT_EQ(said("{\"a\" 1}"), "not JSON (at byte 6): there is 1, where ':' is expected");
  EXPECT_EQ(said("{a: 1}"), "not JSON (at byte 2): there is a, where a name in quotes is expected");
  EXPECT_EQ(said("1 2"), "not JSON (at byte 3): there is 2, where nothing more is expected");
  EXPECT_EQ(said("[1"), "not JSON (at byte 3): it ends too early");
  EXPECT_EQ(said(" "), "not JSON (at byte 2): it is empty");
  EXPECT_EQ(said("\"\xff\""), "not JSON (at byte 2): there is a byte 0xff");
  EXPECT_EQ(said("1e999"), "not JSON that can be read: a number is too large");
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
