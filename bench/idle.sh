# To be sourced by script/bench. Only health checks are left to do.
say "== the idle daemon, for 10 s"
ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
sleep 2
before=$(ticks)
sleep 10
used=$(awk "BEGIN { printf \"%.2f\", ($(ticks) - $before) * 100 / 10 / $(getconf CLK_TCK) }")
resident=$(awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$daemon/status")
report "$(compare "$resident < 25")" "the idle daemon's resident memory: $resident MB (under 25)"
report "$(compare "$used < 0.5")" "the idle daemon's share of a core: $used % (under 0.5)"
