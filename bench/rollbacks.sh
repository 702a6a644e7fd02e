# To be sourced by script/bench.
rollbacks=${BENCH_ROLLBACKS:-20}
say "== $rollbacks rollbacks at weight 50 under load"
roll_back_under_load "$rollbacks"
failed=$(jq .failed <<<"$met")
per_second=$(jq '.requests / .seconds | floor' <<<"$met")
report "$(jq '.median <= 50 and .p95 <= 250' <<<"$figures")" \
  "$(jq -r '"from the decision to the last request that reached the canary: median \(.median) ms (at most 50), 95th percentile \(.p95) ms (at most 250), worst \(.worst) ms"' <<<"$figures")"
report "$(compare "$per_second >= 2000 && $failed == 0")" "meanwhile $per_second requests/s (at least 2000), $failed failed"
