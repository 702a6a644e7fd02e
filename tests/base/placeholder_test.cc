#include "base/placeholder.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

// "literal <reference> !malformed!", one behind the other.
std::string read(std::string_view text) {
  std::string said;
  for (const TextPiece& piece : pieces_of(text)) switch (piece.kind) {
      case TextPiece::Kind::literal:
        said += piece.text;
        break;
      case TextPiece::Kind::reference:
        said += "<" + piece.text + ">";
        break;
      case TextPiece::Kind::malformed:
        said += "!" + piece.text + "!";
        break;
    }
  return said;
}

TEST(Placeholders, AreNamesInBraces) {
  EXPECT_EQ(read("${PORT}"), "<PORT>");
  EXPECT_EQ(read("http://${HOST}:${_p0}/"), "http://<HOST>:<_p0>/");
  EXPECT_EQ(read(""), "");
}

TEST(Placeholders, ADoubledDollarIsOneEverywhere) {
  EXPECT_EQ(read("$$"), "$");
  EXPECT_EQ(read("a$$b"), "a$b");
  EXPECT_EQ(read("$${PORT}"), "${PORT}");
  EXPECT_EQ(read("$$${PORT}"), "$<PORT>");
  EXPECT_EQ(read("$$$${PORT}"), "$${PORT}");
  EXPECT_EQ(pieces_of("a$$b$c").size(), 1U);
}

TEST(Placeholders, AnyOtherDollarIsItself) {
  EXPECT_EQ(read("$HOME $5 $(x) $"), "$HOME $5 $(x) $");
}

TEST(Placeholders, WhatBeginsAsOneAndIsNoneIsMalformed) {
  EXPECT_EQ(read("x ${A-b} y"), "x !${A-b}! y");
  EXPECT_EQ(read("${PORT:-80}"), "!${PORT:-80}!");
  EXPECT_EQ(read("${}"), "!${}!");
  EXPECT_EQ(read("${1A}"), "!${1A}!");
  EXPECT_EQ(read("${"), "!${!");
  EXPECT_EQ(read("${A"), "!${!A");
  EXPECT_EQ(read("${A\n}"), "!${!A\n}");
  EXPECT_EQ(read("${" + std::string(100, '-') + "}"), "!${!" + std::string(100, '-') + "}");
}

}  // namespace
}  // namespace slipway
