# To be sourced by script/bench. In processor time, since other programs share the machine.
say "== the simulator: whole deployments in virtual time"
TIMEFORMAT='%U'
{ time build/sim/simulate --seeds 4000 --jobs 1 >"$stage/simulated"; } 2>"$stage/simulated.took" || broken=1
per_second=$(awk -v took="$(tail -n 1 "$stage/simulated.took")" '/^seeds / { for (i = 2; i <= NF; ++i) if ($i ~ /^events/) print int($(i - 1) / took) }' "$stage/simulated")
report "$(compare "${per_second:-0} >= 1e5")" "${per_second:-no} simulated events/s on one core (at least 100000)"
