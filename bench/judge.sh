# To be sourced by script/bench. The tables of docs/judge.md; BENCH_JUDGE=full for all runs, else a tenth of them.
say "== the judge: simulated rollouts"
if [[ ${BENCH_JUDGE:-quick} == full ]]; then
  build/bench/judge/judge_tables || broken=1
else
  build/bench/judge/judge_tables --quick || broken=1
fi
