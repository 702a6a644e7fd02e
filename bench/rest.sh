# To be sourced by script/bench.
say "== at rest, through Slipway and through a bare HAProxy, $rounds rounds of $seconds s each"
start_bare
side_by_side ""
stop_bare
report "$(compare "$ratio >= 0.9")" "requests/s at rest, through Slipway against a bare HAProxy: $ratio (at least 0.9)"
