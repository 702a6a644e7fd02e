# To be sourced by script/bench. Made in memory first: a thousand deployments are many transactions.
kill_daemon
say "== a journal of 1,000 finished deployments"
memory=$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$stage")")
build/bench/history "$memory/journal.db" 1000
mkdir -p "$stage/old"
cp "$memory"/journal.db* "$stage/old/"
rm -rf "$memory"
old_answers() { curl -fs --unix-socket "$stage/old/slipway.sock" -o "$stage/old.json" http://slipway/api/v1/targets; }
began=${EPOCHREALTIME/./}
build/slipway serve --data "$stage/old" >>"$stage/serve.log" 2>&1 &
daemon=$!
until_true 20 old_answers || say "it doesn't answer"
took=$(((${EPOCHREALTIME/./} - began) / 1000))
report "$(compare "$took < 1000")" "ready with 1,000 finished deployments in the journal: $took ms (under 1000)"
