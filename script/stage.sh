# What the demo and the benchmark play on: a temporary folder with a daemon, artifacts and a configuration, users who
# never stop asking, and an end to every process of it. To be sourced.

stage=$(mktemp -d "${TMPDIR:-/tmp}/slipway-XXXXXX")
chmod 755 "$stage" # instances and the proxy may run as other users
daemon=
users=
met=

say() { printf '%s\n' "$*" >&2; }

# Processes that run from the folder, or were told of it.
stage_pids() {
  local proc pid
  for proc in /proc/[0-9]*; do
    pid=${proc#/proc/}
    [[ $pid -eq $$ || $pid -eq $BASHPID ]] && continue
    if [[ $(readlink "$proc/exe" 2>/dev/null) == "$stage"/* || $(readlink "$proc/cwd" 2>/dev/null) == "$stage"* ]] ||
      tr '\0' ' ' 2>/dev/null <"$proc/cmdline" | grep -qF -- "$stage"; then
      echo "$pid"
    fi
  done 2>/dev/null
}

clear_stage() {
  local status=$? pid pids
  trap - EXIT INT TERM HUP
  for pid in $users $daemon; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  # Again until none is left: a shim may just have started its program anew.
  for _ in $(seq 50); do
    pids=$(stage_pids)
    [[ -n $pids ]] || break
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null || true
    # Between two looks: processes that aren't our children can't be waited for.
    sleep 0.05
  done
  if [[ $status -ne 0 && -s $stage/serve.log ]]; then
    say "--- the daemon's last words:"
    tail -n 30 "$stage/serve.log" >&2
  fi
  chmod -R u+rwX "$stage" 2>/dev/null || true
  rm -rf "$stage"
  exit "$status"
}
trap clear_stage EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A port that nothing listens at, below those of instances and the ephemeral ones.
free_port() {
  local port
  while true; do
    port=$((10000 + RANDOM % 9000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# release VERSION [SWITCHES]: a folder with the shop and its shop.json.
release() {
  local dir=$stage/releases/$1 switches=${2:-}
  mkdir -p "$dir"
  cp build/examples/shop/shop "$dir/shop"
  printf '{"version": "%s"%s}\n' "$1" "${switches:+, $switches}" >"$dir/shop.json"
  echo "$dir"
}

slipway() { build/slipway "$@" --data "$stage/data"; }

# deploy VERSION [options]: its release must be there.
deploy() {
  local version=$1
  shift
  slipway deploy production --version "$version" --artifact "$stage/releases/$version" -f "$stage/slipway.yaml" "$@"
}

target() { slipway status production --json; }

# until_true SECONDS COMMAND…: asks again and again, a moment apart, until it succeeds or the time is over: nothing tells a
# shell when another's process, socket or answer has changed.
until_true() {
  local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
  shift
  until "$@"; do
    if ((${EPOCHREALTIME/./} > deadline)); then return 1; fi
    sleep 0.02
  done
}

daemon_answers() { curl -fs --unix-socket "$stage/data/slipway.sock" -o "$stage/version.json" http://slipway/api/v1/version; }

start_daemon() {
  build/slipway serve --data "$stage/data" >>"$stage/serve.log" 2>&1 &
  daemon=$!
  until_true 10 daemon_answers || { say "the daemon doesn't answer"; return 1; }
}

kill_daemon() {
  kill -KILL "$daemon"
  wait "$daemon" 2>/dev/null || true
  daemon=
}

# users_come NAME URL: they ask until users_go NAME, which leaves what they met in $met, as JSON. Those of the next act
# come before those of the last one go, so somebody always asks. They leave by themselves after $users_seconds.
users_come() {
  wrk -t1 -c"${connections:-16}" -d"${users_seconds:-600}s" --timeout 5s -s "${users_script:-bench/count.lua}" "$2" >"$stage/users.$1" 2>&1 &
  users="$users $!"
  echo "$!" >"$stage/users.$1.pid"
}

users_go() {
  local pid
  pid=$(<"$stage/users.$1.pid")
  kill -INT "$pid"
  wait "$pid" || true
  users=${users/ $pid/}
  met=$(tail -n 1 "$stage/users.$1")
}
