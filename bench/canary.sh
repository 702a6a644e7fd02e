# To be sourced by script/bench.
start_bare
for share in 5 50; do
  say "== at weight $share, through Slipway and through a bare HAProxy, $rounds rounds of $seconds s each"
  begin_at "$share"
  side_by_side bench/users.lua
  slipway abort production --wait >/dev/null
  settle
  if [[ $share -eq 5 ]]; then
    report "$(compare "$ratio >= 0.8")" "requests/s at weight 5, through Slipway against a bare HAProxy: $ratio (at least 0.8)"
  else
    report true "requests/s at weight $share, through Slipway against a bare HAProxy: $ratio"
  fi
done
stop_bare

# At weight 100 every record is the canary's: what HAProxy counted and nobody received is what is told as lost.
say "== the records of requests at weight 100, for $seconds s"
begin_at 100
before=$(target | jq .telemetry)
rate "$port" bench/users.lua >/dev/null
quiet() { # nothing was asked since a second ago
  local now
  now=$(target | jq -c '[.telemetry.counted, .telemetry.recorded]')
  [[ $now == "${seen:-}" ]] && return 0
  seen=$now
  sleep 1.5
  return 1
}
until_true 20 quiet
after=$(target | jq .telemetry)
slipway abort production --wait >/dev/null
settle
lost=$(jq -n --argjson a "$before" --argjson b "$after" '$b.lost - $a.lost')
missing=$(jq -n --argjson b "$after" '$b.counted - $b.recorded')
counted=$(jq .counted <<<"$after")
report "$(compare "$counted > 1000 && $missing <= $counted / 1000")" \
  "of $counted requests that HAProxy counted, $missing have no record (at most 0.1 %)"
report "$(compare "$missing == $lost")" "$lost records are told as lost; by the counters $missing are missing (the same)"
