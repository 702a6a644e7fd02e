# To be sourced by script/bench. Deployments and rollbacks that somebody is to hear of who can't be told, against ones of
# which nobody is.
notice_rounds=${BENCH_NOTICES:-10}
say "== $notice_rounds deployments and rollbacks, with receivers that are away, silent or broken, and without any"
receivers=()
cp build/examples/shop/shop "$stage/receiver" # what lies there ends with the stage, also when a part breaks
receive() { # receive NAME OPTIONS…: a shop, which takes letters as badly as its options say
  local name=$1 port
  shift
  port=$(free_port)
  "$stage/receiver" --port "$port" "$@" >"$stage/$name.log" 2>&1 &
  receivers+=("$!")
  until_true 10 grep -q "listens at" "$stage/$name.log"
  echo "http://127.0.0.1:$port" >"$stage/$name.url"
}
receive silent --latency-ms 600000
receive broken --error-rate 1
{
  echo "notifications:"
  for receiver in "http://127.0.0.1:$(free_port)/" "$(<"$stage/silent.url")/" "$(<"$stage/broken.url")/"; do
    echo "  - {webhook: \"$receiver\"}"
  done
} >"$stage/notifications"
milliseconds() { echo $((${EPOCHREALTIME/./} / 1000)); }
notices=0
there_and_back() { # there_and_back NOTIFICATIONS: sets $took
  local began
  configure
  cat "$1" >>"$stage/slipway.yaml"
  notices=$((notices + 1))
  release "3.$notices.0" >/dev/null
  began=$(milliseconds)
  deploy "3.$notices.0" --wait >/dev/null
  slipway rollback production --reason "measured" --wait >/dev/null
  took=$(($(milliseconds) - began))
  settle
}
told=0
untold=0
for round in $(seq "$notice_rounds"); do
  there_and_back /dev/null
  untold=$((untold + took))
  say "round $round: nobody to be told $took ms"
  there_and_back "$stage/notifications"
  told=$((told + took))
  say "round $round: nobody can be told $took ms, $(target | jq .letters) letters wait"
done
waiting=$(target | jq .letters)
for pid in "${receivers[@]}"; do
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
done
ratio=$(awk "BEGIN { printf \"%.3f\", $told / $untold }")
report "$(compare "$ratio <= 1.1 && $waiting > 0")" \
  "deployments and rollbacks with receivers that can't be told take $ratio times as long as without (at most 1.1); $waiting letters wait"
