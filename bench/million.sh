# To be sourced by script/bench. Users never stop; each act's come before the last one's go. An act ends when its tenth of the
# million was answered.
million=${BENCH_REQUESTS:-1000000}
say "== $million requests through ten deployments and ten rollbacks"
configure
total='{"requests":0,"failed":0,"not_2xx":0}'
add() { # what the users of act $1 met
  users_go "$1"
  total=$(jq -c -n --argjson a "$total" --argjson b "$met" '{requests: ($a.requests + $b.requests), failed: ($a.failed + $b.failed), not_2xx: ($a.not_2xx + $b.not_2xx)}')
}
users_come 0 "$url"
users_act=0
for act in $(seq 10); do
  release "1.$act.0" >/dev/null
  deploy "1.$act.0" --wait >/dev/null
  # Every other one is taken back while the old release is warm, by one switch.
  ((act % 2)) || settle
  slipway rollback production --wait >/dev/null
  settle
  while true; do
    users_come $((users_act + 1)) "$url"
    add "$users_act"
    users_act=$((users_act + 1))
    (($(jq .requests <<<"$total") < million * act / 10)) || break
    sleep 1
  done
  say "after $act: $total"
done
add "$users_act"
report "$(jq --argjson least "$million" '.requests >= $least and .failed == 0 and .not_2xx == 0' <<<"$total")" \
  "$(jq -r '"\(.requests) requests through ten deployments and ten rollbacks: \(.failed) failed, \(.not_2xx) of them not 2xx"' <<<"$total")"
