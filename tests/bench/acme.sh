#!/usr/bin/env bash
# Cost of every pass over examples/acme: instructions (callgrind: the same on every machine), peak memory and
# the best of twenty times. usage: acme.sh HAD
set -euo pipefail
had=$(realpath "${1:-build/release/bin/had}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

instructions() { # command…
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | sed -n 's/.*Collected : //p'
}
best_ms() {
    local best=999999999 start end
    for _ in $(seq 20); do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1
        end=$(date +%s%N)
        [ $((end - start)) -lt $best ] && best=$((end - start))
    done
    awk -v n="$best" 'BEGIN { printf "%.1f", n / 1e6 }'
}
peak_kib() { /usr/bin/time -f '%M' -o "$work/time" "$@" >/dev/null 2>&1; cat "$work/time"; }

start=$(instructions "$had" version)
printf '%-22s %14s %10s %10s\n' "examples/acme" "instructions" "best ms" "peak KiB"
last=$start
for pass in parse expand lower; do
    now=$(instructions "$had" dump --after=$pass examples/acme)
    printf '%-22s %14d\n' "up to $pass" $((now - start))
    last=$now
done
now=$(instructions "$had" check --as-of 2026-11-24 examples/acme)
printf '%-22s %14d %10s %10s\n' "check" $((now - start)) \
    "$(best_ms "$had" check --as-of 2026-11-24 examples/acme)" "$(peak_kib "$had" check --as-of 2026-11-24 examples/acme)"
now=$(instructions "$had" build --as-of 2026-11-24 -o "$work/a" examples/acme)
printf '%-22s %14d %10s %10s\n' "build, all back ends" $((now - start)) \
    "$(best_ms "$had" build --as-of 2026-11-24 --check -o "$work/a" examples/acme)" \
    "$(peak_kib "$had" build --as-of 2026-11-24 -o "$work/a" examples/acme)"
