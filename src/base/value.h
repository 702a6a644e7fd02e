#pragma once

// For structs that are dear to copy and that many files copy: how is compiled once, by SLIPWAY_DEFINE_VALUE
// in a .cc, and not in each of those files. The first line of the struct, which is no aggregate then.
#define SLIPWAY_DECLARE_VALUE(Type) \
  Type();                           \
  Type(const Type&);                \
  Type(Type&&) noexcept;            \
  Type& operator=(const Type&);     \
  Type& operator=(Type&&) noexcept; \
  ~Type()

#define SLIPWAY_DEFINE_VALUE(Type)                  \
  Type::Type() = default;                           \
  Type::Type(const Type&) = default;                \
  Type::Type(Type&&) noexcept = default;            \
  Type& Type::operator=(const Type&) = default;     \
  Type& Type::operator=(Type&&) noexcept = default; \
  Type::~Type() = default
