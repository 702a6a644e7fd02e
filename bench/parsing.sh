# To be sourced by script/bench. In processor time, since other programs share the machine.
say "== the records of requests: reading them, adding them up, and judging"
while read -r name per_second; do
  report "$(compare "$per_second >= 1e6")" "$(awk "BEGIN { printf \"%.1f\", $per_second / 1e6 }") million records/s on one core to ${name//_/ } (at least 1)"
done < <(build/bench/telemetry --benchmark_format=json 2>/dev/null |
  jq -r '.benchmarks[] | "\(.name | sub("_records.*$"; "")) \(.items_per_second)"')
