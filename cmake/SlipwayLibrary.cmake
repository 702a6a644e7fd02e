# One library per folder of src/. A library's headers are reached only through an include root of its own, which holds a
# link to its folder and nothing else: a file can include "core/step.h" only if its library is linked to core. So the
# direction of includes is a fact of the build.
add_library(slipway_options INTERFACE)
target_compile_features(slipway_options INTERFACE cxx_std_23)
target_compile_options(slipway_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Wrong about std::string and std::optional in GCC 12 once it inlines; with precompiled headers it forgets that those are
  # headers of the system. The sanitizers see what these warnings are for.
  target_compile_options(slipway_options INTERFACE -Wshadow=local -Wno-restrict -Wno-maybe-uninitialized
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  target_compile_options(slipway_options INTERFACE -fpch-preprocess)  # for ccache
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SLIPWAY_UNITY)
  # In a unity build GCC takes a .cc for a header, in which a member of a type without linkage would be a mistake.
  target_compile_options(slipway_options INTERFACE -Wno-subobject-linkage)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # No time of day in what is precompiled, so that ccache knows it again.
  target_compile_options(slipway_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  # libstdc++ 12 uses what it deprecates itself, in std::stable_sort.
  target_compile_options(slipway_options INTERFACE -Wno-shadow -Wno-deprecated-declarations)
  target_compile_definitions(slipway_options INTERFACE BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_COROUTINE)
endif()
if(SLIPWAY_STRICT)
  target_compile_options(slipway_options INTERFACE -Werror)
endif()
if(SLIPWAY_SANITIZE MATCHES "thread")
  # The thread sanitizer doesn't know fences; one thread alone runs our io_context, which needs none.
  target_compile_definitions(slipway_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
if(SLIPWAY_SANITIZE)
  target_compile_options(slipway_options INTERFACE -fsanitize=${SLIPWAY_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(slipway_options INTERFACE -fsanitize=${SLIPWAY_SANITIZE})
endif()
target_compile_definitions(slipway_options INTERFACE SPDLOG_FMT_EXTERNAL)

# What nearly every file includes, read once instead of once a file. No file may count on it: clang-tidy reads them without.
set(SLIPWAY_COMMON_HEADERS
  <algorithm> <array> <chrono> <cstdint> <expected> <filesystem> <functional> <iterator> <limits> <map> <memory> <optional> <set> <span>
  <string> <string_view> <tuple> <utility> <variant> <vector> <fmt/format.h> <fmt/ranges.h> <nlohmann/json.hpp>)

# About half of what a file costs is what it includes: in unity builds, up to SLIPWAY_UNITY files of a target are compiled as one.
function(slipway_unity target)
  if(SLIPWAY_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${SLIPWAY_UNITY})
  endif()
endfunction()

# slipway_library(NAME [DEPENDS libraries of ours] [LIBRARIES others])
function(slipway_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES" ${ARGN})
  set(root ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${name} ${root}/${name} SYMBOLIC)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  if(NOT sources)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/empty-${name}.cc CONTENT "")
    set(sources ${CMAKE_BINARY_DIR}/empty-${name}.cc)
  endif()
  add_library(slipway_${name} STATIC ${sources})
  target_include_directories(slipway_${name} PUBLIC ${root})
  list(TRANSFORM ARG_DEPENDS PREPEND slipway_)
  target_link_libraries(slipway_${name} PUBLIC slipway_options ${ARG_DEPENDS} ${ARG_LIBRARIES})
  slipway_unity(slipway_${name})
  if(SLIPWAY_PRECOMPILE)
    if(name STREQUAL "base")
      target_precompile_headers(slipway_base PRIVATE ${SLIPWAY_COMMON_HEADERS})
    else()
      target_precompile_headers(slipway_${name} REUSE_FROM slipway_base)
    endif()
  endif()
endfunction()
