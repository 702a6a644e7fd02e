# To be sourced by script/bench.
rollbacks=${BENCH_ROLLBACKS:-20}
say "== $rollbacks rollbacks at weight 50 under load"
users_script=bench/users.lua
users_come rollbacks "$url"
times=()
for n in $(seq "$rollbacks"); do
  begin_at 50
  # Until some of them have met it.
  until_true 20 eval 'target | jq -e ".users.canary.requests > 100" >/dev/null'
  slipway rollback production --reason "measured" --wait >/dev/null
  settle
  times+=("$(target | jq .last.restore_ms)")
  say "$n: ${times[-1]} ms"
done
users_go rollbacks
unset users_script
failed=$(jq .failed <<<"$met")
per_second=$(jq '.requests / .seconds | floor' <<<"$met")
sorted=$(printf '%s\n' "${times[@]}" | sort -n | jq -cs .)
figures=$(jq -c '{median: ((.[length / 2 | floor] + .[(length - 1) / 2 | floor]) / 2), p95: .[(length * 0.95 | ceil) - 1], worst: .[-1]}' <<<"$sorted")
report "$(jq '.median <= 50 and .p95 <= 250' <<<"$figures")" \
  "$(jq -r '"from the decision to the last request that reached the canary: median \(.median) ms (at most 50), 95th percentile \(.p95) ms (at most 250), worst \(.worst) ms"' <<<"$figures")"
report "$(compare "$per_second >= 2000 && $failed == 0")" "meanwhile $per_second requests/s (at least 2000), $failed failed"
