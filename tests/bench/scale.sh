#!/usr/bin/env bash
# Time and memory of `check` and `build` by number of workload accounts, and their cost per account; then, up to
# 1,000 accounts, beside the synthesis of the same resources by the CDK. Last, for each pass: instructions
# (callgrind, what a pass calls counts as its own) and bytes per account, which a busy machine does not change.
# usage: scale.sh HAD [N…]; HAD is a release build. Times are CPU seconds. What is written goes to memory where there
# is such a folder: on ext4 a new file looks past all those that were removed seconds ago, which costs more than a build.
set -euo pipefail
had=$(realpath "${1:-build/release/bin/had}")
shift || true
here=$(cd "$(dirname "$0")" && pwd)
passes=$(dirname "$had")/../tests/bench/bench_passes
memory=/dev/shm
[ -w $memory ] || memory=${TMPDIR:-/tmp}
work=$(mktemp -d -p "$memory")
trap 'rm -rf "$work"' EXIT
counts=("$@")
[ $# -gt 0 ] || counts=(10 100 1000 5000 20000)
CDK_MOST=1000     # accounts: at 1,000 a synthesis takes a minute and gigabytes
COUNTED_MOST=5000 # accounts under callgrind, which is fifty times slower

# seconds and peak KiB of a command
measure() {
    /usr/bin/time -f '%U %S %M' -o "$work/time" "$@" >/dev/null 2>&1 || true
    awk '{ print $1 + $2, $3 }' "$work/time"
}

for count in "${counts[@]}"; do
    python3 "$here/make_spec.py" "$count" "$work/$count"
done

printf '%8s %8s %10s %12s %16s %16s\n' accounts command seconds "peak KiB" "µs per account" "bytes per account"
for count in "${counts[@]}"; do
    for command in check build; do
        arguments=("$command" -q --as-of 2026-11-24 "$work/$count")
        [ $command = build ] && arguments+=(-o "$work/out")
        measure "$had" "${arguments[@]}" >"$work/figures"
        read -r seconds memory <"$work/figures"
        awk -v c=$command -v n="$count" -v s="$seconds" -v m="$memory" 'BEGIN {
            printf "%8d %8s %10.2f %12d %16.0f %16.0f\n", n, c, s, m, s * 1e6 / n, m * 1024 / n }'
        [ $command = build ] && cp "$work/figures" "$work/build.$count"
    done
    rm -rf "$work/out"
done

if command -v node >/dev/null && [ -d "$here/../validators/node_modules/aws-cdk-lib" ]; then
    printf '\n%8s %12s %12s %12s %12s\n' accounts "cdk seconds" "cdk KiB" "time cdk/had" "KiB cdk/had"
    for count in "${counts[@]}"; do
        [ "$count" -le $CDK_MOST ] || continue
        measure node --max-old-space-size=8192 "$here/cdk_app.mjs" "$count" "$work/cdk" >"$work/figures"
        rm -rf "$work/cdk"
        read -r seconds memory <"$work/figures"
        read -r ours kib <"$work/build.$count"
        awk -v n="$count" -v s="$seconds" -v m="$memory" -v o="$ours" -v k="$kib" 'BEGIN {
            printf "%8d %12.2f %12d %12.0f %12.1f\n", n, s, m, s / (o > 0.01 ? o : 0.01), m / k }'
    done
fi

[ -x "$passes" ] || exit 0
printf '\n%8s %-18s %14s %14s\n' accounts pass "instructions" "bytes"
for count in "${counts[@]}"; do
    "$passes" "$work/$count" >"$work/bytes"
    : >"$work/instructions"
    if [ "$count" -le $COUNTED_MOST ]; then
        valgrind --tool=callgrind --callgrind-out-file="$work/profile" "$passes" "$work/$count" >/dev/null 2>&1
        callgrind_annotate --inclusive=yes --threshold=100 "$work/profile" 2>/dev/null |
            sed -nE 's/^ *([0-9,]+) .*:(pass_[a-z]+|had_steps_build|had_steps_write|dsc_emit|mof_emit|main) \[.*/\2 \1/p' |
            tr -d , >"$work/instructions"
    fi
    awk -v n="$count" '
        FILENAME ~ /instructions$/ {
            sub(/^pass_sema$/, "derive", $1); sub(/^pass_/, "", $1); sub(/^had_steps_build$/, "steps", $1)
            sub(/^had_steps_write$/, "templates", $1); sub(/_emit$/, "", $1); sub(/^main$/, "all", $1)
            if (!($1 in counted)) counted[$1] = $2
            next
        }
        FNR > 1 && NF >= 3 && $2 ~ /^[0-9.]+$/ {
            printf "%8d %-18s %14s %14.0f\n", n, $1, $1 in counted ? sprintf("%.0f", counted[$1] / n) : "-", $3 * 1024 / n
        }' "$work/instructions" "$work/bytes"
done
