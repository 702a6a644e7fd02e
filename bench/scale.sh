# To be sourced by script/bench. A hundred targets at one daemon and one proxy, and a neighbour, shop/production, who has users
# all the time. BENCH_SCALE and BENCH_SCALE_CANARIES make a shorter run of it.
targets=${BENCH_SCALE:-100}
canaries=${BENCH_SCALE_CANARIES:-$((targets / 2))}
rollbacks=${BENCH_SCALE_ROLLBACKS:-10}
leased=${BENCH_SCALE_LEASED:-30} # seconds for which the canaries' leases are watched
proxy=$stage/data/proxy
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
median() { sort -n | awk '{ all[NR] = $1 } END { print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'; }

# Each target is a service of its own, with one instance, so that most of what is measured is Slipway's work.
mkdir -p "$stage/scale"
declare -A taken=(["$port"]=1)
another_port() { # sets $another to one that none of the targets has
  another=$(free_port)
  while [[ -n ${taken[$another]:-} ]]; do another=$(free_port); done
  taken[$another]=1
}
names=()
for n in $(seq "$targets"); do
  name=$(printf 's%03d' "$n")
  names+=("$name")
  another_port
  cat >"$stage/scale/$name.yaml" <<YAML
service: $name
run:
  engine: process
  command: ["./shop", "--port", "\${PORT}"]
  instances: 1
  health: {http: /health, interval: 1s, timeout: 2s, grace: 60s}
  drain: 10s
environments:
  live: {listen: "127.0.0.1:$another", strategy: canary, sticky: {cookie: sid}}
strategy:
  canary: {bake: 1s, steps: [{weight: 5, hold: 1h}, {weight: 100}]}
YAML
done
deploy_to() { # deploy_to NAME VERSION [options]
  slipway deploy live --version "$2" --artifact "$stage/releases/$2" -f "$stage/scale/$1.yaml" "${@:3}"
}
all_at_rest() { slipway status --json 2>/dev/null | jq -e '.targets | all(.deployment == null and .queued == null)' >/dev/null; }
proxies() { # HAProxy's master and workers
  local pid
  for pid in $(pgrep -x haproxy); do
    [[ $(readlink "/proc/$pid/cwd") != "$proxy" ]] || echo "$pid"
  done
}
no_replaced_worker() { [[ $(proxies | wc -l) -eq 2 ]]; }

say "== the neighbour's users come, and an onlooker who asks the proxy's sockets"
configure "{weight: 100}"
connections=100 users_script=bench/visitors.lua users_seconds=7200 users_come neighbour "$url"
build/bench/onlooker silences "$proxy" "$daemon" >"$stage/silences" 2>"$stage/silences.errors" &
onlooker=$!
users="$users $onlooker" # ended with them, whatever happens

say "== $targets targets, deployed one after the other"
release 1.0.0 >/dev/null
took=()
for name in "${names[@]}"; do
  began=$(now_ms)
  deploy_to "$name" 1.0.0 --wait >"$stage/scale/$name.log" 2>&1 || { cat "$stage/scale/$name.log" >&2; false; }
  ended=$(now_ms)
  took+=($((ended - began)))
  ((${#took[@]} % 10)) || say "${#took[@]}: the last ten in ms: ${took[*]: -10}"
done
few=$((targets < 10 ? targets / 2 : 5))
first=$(printf '%s\n' "${took[@]:0:few}" | median)
last=$(printf '%s\n' "${took[@]: -few}" | median)
ratio=$(awk "BEGIN { printf \"%.2f\", $last / $first }")
report "$(compare "$ratio <= 2")" \
  "a first deployment takes $first ms among the first $few targets and $last ms among the last of $targets, medians: $ratio times as long (at most 2)"

say "== $canaries canaries, asked for at once"
release 1.1.0 >/dev/null
build/bench/onlooker weights "$proxy" "$canaries" 120 >"$stage/weights" &
weights=$!
users="$users $weights"
asked=$(now_ms)
askers=()
for name in "${names[@]:0:canaries}"; do
  deploy_to "$name" 1.1.0 --detach >"$stage/scale/$name.log" 2>&1 &
  askers+=("$!")
done
for asker in "${askers[@]}"; do wait "$asker"; done
say "all are asked for after $(($(now_ms) - asked)) ms"
wait "$weights" || say "only $(wc -l <"$stage/weights") of them have users after 120 s"
users=${users/ $weights/}
reached=$(awk -v asked="$asked" '{ print $2 - asked }' "$stage/weights" | sort -n)
last=$(tail -n 1 <<<"$reached")
there=$(slipway status --json | jq '[.targets[] | select(.weight.actual == 5)] | length')
report "$(compare "$(wc -l <"$stage/weights") == $canaries && $there == $canaries && ${last:-99999} <= 30000")" \
  "$there of $canaries canaries that were asked for at once have users: half of them after $(median <<<"$reached") ms, the last after ${last:-?} ms (at most 30000)"

# For as long as it takes to see leases end that nobody renews.
say "== their leases, for $leased s"
sleep "$leased"
there=$(slipway status --json | jq '[.targets[] | select(.weight.actual == 5)] | length')
report "$(compare "$there == $canaries")" "$there of $canaries canaries have users $leased s later"
began=$(now_ms)
askers=()
for name in "${names[@]:0:canaries}"; do
  slipway abort "$name/live" --detach >"$stage/scale/$name.log" 2>&1 &
  askers+=("$!")
done
for asker in "${askers[@]}"; do wait "$asker"; done
until_true 120 all_at_rest || say "not all of them end"
say "all are taken back and at rest after $(($(now_ms) - began)) ms"
users_go neighbour
report "$(jq '.requests > 0 and .failed == 0' <<<"$met")" \
  "meanwhile the neighbour had $(jq '"\(.requests) requests, \(.requests / .seconds | floor) a second: \(.failed) failed"' -r <<<"$met")"

say "== $rollbacks rollbacks at weight 50 under load, among $targets targets"
roll_back_under_load "$rollbacks"
report "$(jq '.median <= 25' <<<"$figures")" \
  "$(jq -r '"from the decision to the last request that reached the canary: median \(.median) ms (at most 25), worst \(.worst) ms"' <<<"$figures")"
report "$(jq '.failed == 0' <<<"$met")" "$(jq -r '"meanwhile \(.requests / .seconds | floor) requests/s, \(.failed) failed"' <<<"$met")"

kill -TERM "$onlooker"
wait "$onlooker" || cat "$stage/silences.errors" >&2
users=${users/ $onlooker/}
for socket in master worker; do
  report "$(jq ".$socket | .asked > 0 and .deaf_seconds == 0" "$stage/silences")" \
    "$(jq -r ".$socket | \"the $socket was asked \(.asked) times and was deaf for \(.deaf_seconds) s (0; silences from 2 s on count, the longest had \(.longest_ms) ms)\"" "$stage/silences")"
done
lapsed=$(grep -c "the lease ran out" "$stage/serve.log" || true)
report "$(compare "$lapsed == 0")" "$lapsed leases ran out (0)"
transfers=$(cat "$proxy"/output.log* | grep -c "Failed to transfer socket" || true)
# Each is a session that hangs in the master for as long as that lives, and it has room for ten.
report "$(compare "$transfers == 0")" "HAProxy's master failed to hand a connection on $transfers times (0)"
report true "at most $(jq .most_threads "$stage/silences") threads of the daemon"

say "== $targets targets at rest, for 30 s"
until_true 60 all_at_rest
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
of_a_core() { awk "BEGIN { printf \"%.2f\", ($2 - $1) * 100 / 30 / $(getconf CLK_TCK) }"; }
threads() { awk '/^Threads/ { print $2 }' "/proc/$daemon/status"; }
until_true 60 no_replaced_worker || say "HAProxy's replaced workers don't end"
before=$(ticks "$daemon")
sleep 30
used=$(of_a_core "$before" "$(ticks "$daemon")")
resident=$(awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$daemon/status")
report "$(compare "$resident <= 35")" "the daemon's resident memory at $targets targets: $resident MB (at most 35)"
report "$(compare "$used <= 2")" "the daemon's share of a core at $targets targets: $used % (at most 2)"
report "$(compare "$(threads) <= 200")" "the daemon's threads at $targets targets: $(threads) (at most 200)"
