# To be sourced by script/bench. Bad releases on real processes, at 5 % of about 100 requests a second: each goes back within twice the
# simulated median (docs/judge.md; of 2 % the lower one of two seeds) and two seconds, and good ones are promoted.
users_script=bench/visitors.lua
connections=108 # each waits for a second and the answer of 80 ms
good='"latency_ms": 80'

judged() { # judged STEP…: the configuration for releases that are judged, without limits
  configure "$@"
}

# After stable was seen for a minute, as the judge's figures have it.
judged "{weight: 100}"
release 3.0.0 "$good" >/dev/null
deploy 3.0.0 --wait >/dev/null
settle
users_come judged "$url"
until_true 120 eval 'target | jq -e ".users.stable.requests > 4000" >/dev/null'

say "== bad releases at 5 % of about 100 requests/s: from the first user on the canary to the decision"
number=0
fault() { # fault NAME MEDIAN WARM_UP SWITCHES: seconds; times count after the first 30 s of an instance
  number=$((number + 1))
  local most=$((2 * $2 + 2 + $3)) exposed decided took
  judged "{weight: 5, hold: 30m}" "{weight: 100}"
  release "3.1.$number" "$4" >/dev/null
  deploy "3.1.$number" --detach >/dev/null
  until_true 20 weight_is 5
  exposed=$(date +%s%3N)
  if ! until_true $((most + 60)) at_rest; then
    report false "$1: still there after $((most + 60)) s"
    slipway abort production --wait >/dev/null
    settle
    return
  fi
  decided=$(target | jq .last.decided)
  took=$(awk "BEGIN { printf \"%.1f\", ($decided - $exposed) / 1000 }")
  report "$(compare "$took <= $most")" "$1: $took s (at most $most); $(target | jq -r .last.cause)"
}
fault "errors 100 %" 3 0 "$good, \"error_rate\": 1"
fault "errors 20 %" 13 0 "$good, \"error_rate\": 0.2"
fault "errors 5 %" 32 0 "$good, \"error_rate\": 0.05"
fault "errors 2 %" 148 0 "$good, \"error_rate\": 0.02"
fault "times × 1.5" 15 30 '"latency_ms": 120'
fault "times × 2" 11 30 '"latency_ms": 160'
fault "1 % take 2 s longer" 60 30 "$good, \"slow_rate\": 0.01"

deployments=${BENCH_GOOD:-50}
say "== $deployments good releases in a row, at holds of seconds"
users_go judged
connections=540
users_come many "$url"
went_back=0
for n in $(seq "$deployments"); do
  judged "{weight: 25, hold: 3s}" "{weight: 50, hold: 2s}" "{weight: 100}"
  release "3.2.$n" "$good" >/dev/null
  deploy "3.2.$n" --detach >/dev/null
  if ! until_true 60 at_rest; then
    say "$n: $(target | jq -c '.deployment | {stage, verdict}')"
    slipway resume production >/dev/null || true
    until_true 60 at_rest || { slipway abort production --wait >/dev/null; settle; }
  fi
  if [[ $(target | jq -r .last.outcome) == rolled_back ]]; then
    went_back=$((went_back + 1))
    say "$n: $(target | jq -r .last.cause)"
  fi
done
users_go many
unset users_script
report "$(compare "$went_back <= $deployments / 25")" "of $deployments good releases $went_back went back (at most $((deployments / 25)))"
failed=$(jq .failed <<<"$met")
report "$(compare "$failed == 0")" "meanwhile $(jq .requests <<<"$met") requests, $failed failed"
