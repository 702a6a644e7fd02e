#!/bin/bash
# Builds everything from nothing, without a cache, and prints where the processor's seconds went: by folder, and the ten
# dearest units. A unit of a unity build is named by its first and its last file. The wall time is for this machine as it is.
#   bench/build.sh [PRESET] [TARGET…]    PRESET: release unless said otherwise; no target: first the program, then all the rest
set -euo pipefail
if [[ ${1:-} == --launch ]]; then # the compiler's launcher: notes the seconds and the object of each call
  shift
  object=
  previous=
  for word in "$@"; do
    [[ $previous != -o ]] || object=$word
    previous=$word
  done
  TIMEFORMAT='%U %S'
  status=0
  exec 3>&1 4>&2
  spent=$({ time "$@" 1>&3 2>&4; } 2>&1) || status=$?
  printf '%s %s\n' "$spent" "$object" >>"$SLIPWAY_BUILD_TIMES"
  exit "$status"
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-release}
shift || true
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SLIPWAY_BUILD_TIMES=$folder/times
cmake --preset "$preset" -B "$folder/build" --log-level=WARNING \
  -DCMAKE_CXX_COMPILER_LAUNCHER="$PWD/bench/build.sh;--launch" >/dev/null
build() {
  local began=$SECONDS
  ninja -C "$folder/build" -j"$(nproc)" "$@" >"$folder/log" || { cat "$folder/log"; exit 1; }
  printf '%-28s %6d s on %d processors\n' "$*" $((SECONDS - began)) "$(nproc)"
}
if [[ $# -gt 0 ]]; then
  build "$@"
else
  build slipway shop
  build all
fi

# "…/CMakeFiles/NAME.dir/REST" is a unit of the target NAME.
named() {
  sed -E 's#[^ ]*CMakeFiles/([^/ ]+)\.dir/#\1 #; s# slipway_# #' "$folder/times" | awk '{ print $1 + $2, $3, $4 }'
}
echo
echo "CPU seconds by target"
named | awk '{ spent[$2] += $1; units[$2]++; all += $1 } END {
  for (name in spent) printf "%8.1f  %-24s %4d units\n", spent[name], name, units[name]
  printf "%8.1f  %-24s %4d units\n", all, "in all", NR }' | sort -rn
echo
echo "The ten dearest units"
named | sort -rn | head -n 10 | while read -r spent target unit; do
  source=$(find "$folder/build" -path "*/CMakeFiles/*$target.dir/${unit%.o}" -name 'unity_*' | head -n 1)
  if [[ -n $source ]]; then
    unit=$(sed -nE 's#^\#include ".*/([^/]+/[^/]+)"#\1#p' "$source" | sed -n '1p;$p' | paste -sd ' ' | sed 's/ / … /')
  fi
  printf '%8.1f  %-12s %s\n' "$spent" "$target" "$unit"
done
