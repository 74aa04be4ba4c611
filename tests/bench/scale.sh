#!/usr/bin/env bash
# Time and memory of `check` and `build` by number of workload accounts, and their cost per account.
# usage: scale.sh HAD [N…]; HAD is a release build. Numbers as CPU seconds, so that a busy machine says the same.
set -euo pipefail
had=$(realpath "${1:-build/release/bin/had}")
shift || true
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%8s %8s %10s %12s %16s %16s\n' accounts command seconds "peak KiB" "µs per account" "bytes per account"
for n in "${@:-10 100 1000 5000}"; do
    for count in $n; do
        python3 "$here/make_spec.py" "$count" "$work/$count"
        for command in check build; do
            arguments=("$command" -q --as-of 2026-11-24 "$work/$count")
            [ $command = build ] && arguments+=(-o "$work/out")
            /usr/bin/time -f '%U %S %M' -o "$work/time" "$had" "${arguments[@]}" >/dev/null 2>&1
            read -r user system memory <"$work/time"
            awk -v c=$command -v n="$count" -v s="$(awk "BEGIN { print $user + $system }")" -v m="$memory" 'BEGIN {
                printf "%8d %8s %10.2f %12d %16.0f %16.0f\n", n, c, s, m, s * 1e6 / n, m * 1024 / n }'
        done
        rm -rf "$work/out" "${work:?}/$count"
    done
done
