#!/usr/bin/env bash
# Time and memory of `check` by number of workload accounts, and their cost per account. usage: scale.sh HAD [N…]
set -euo pipefail
had=$(realpath "${1:-build/release/bin/had}")
shift || true
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%8s %10s %12s %16s\n' accounts seconds "peak KiB" "µs per account"
for n in "${@:-10 100 1000 5000}"; do
    for count in $n; do
        python3 "$here/make_spec.py" "$count" "$work/$count"
        /usr/bin/time -f '%U %M' -o "$work/time" "$had" check -q --as-of 2026-11-24 "$work/$count" >/dev/null
        read -r seconds memory <"$work/time"
        awk -v n="$count" -v s="$seconds" -v m="$memory" 'BEGIN { printf "%8d %10.2f %12d %16.0f\n", n, s, m, s * 1e6 / n }'
    done
done
