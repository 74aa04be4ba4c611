#!/usr/bin/env bash
# Cost of every pass over examples/acme, up to the files on disk: instructions by pass (callgrind: the same on
# every machine; what a pass calls counts as its own), then the best time of forty and the peak memory of
# whole commands, beside a start that does nothing. usage: acme.sh HAD
set -euo pipefail
had=$(realpath "${1:-build/release/bin/had}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

best_ms() {
    local best=999999999 start end
    for _ in $(seq 40); do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1
        end=$(date +%s%N)
        [ $((end - start)) -lt $best ] && best=$((end - start))
    done
    awk -v n="$best" 'BEGIN { printf "%.1f", n / 1e6 }'
}
peak_kib() { /usr/bin/time -f '%M' -o "$work/time" "$@" >/dev/null 2>&1; cat "$work/time"; }

valgrind --tool=callgrind --callgrind-out-file="$work/profile" \
    "$had" build --as-of 2026-11-24 -o "$work/counted" examples/acme >/dev/null 2>&1
callgrind_annotate --inclusive=yes --threshold=100 "$work/profile" 2>/dev/null |
    awk 'BEGIN {
             n = split("pass_parse pass_sema pass_lower pass_prove pass_refuse pass_check had_steps_build " \
                       "had_steps_write dsc_emit mof_emit had_manifest_write had_firewall_write " \
                       "had_writer_file had_writer_close", names, " ")
             printf "%-22s %14s\n", "examples/acme", "instructions"
         }
         { for (i = 1; i <= n; i++) if ($0 ~ ":" names[i] " \\[" && !(names[i] in seen)) {
               gsub(/[^0-9]/, "", $1); seen[names[i]] = $1 }
           if ($0 ~ ":main \\[") { gsub(/[^0-9]/, "", $1); all = $1 } }
         END { for (i = 1; i <= n; i++) if (names[i] in seen) printf "%-22s %14d\n", names[i], seen[names[i]]
               printf "%-22s %14d\n", "all of main", all }'
printf '\n%-22s %10s %10s\n' "whole commands" "best ms" "peak KiB"
printf '%-22s %10s %10s\n' "version" "$(best_ms "$had" version)" "$(peak_kib "$had" version)"
check=(check --as-of 2026-11-24 examples/acme)
printf '%-22s %10s %10s\n' "check" "$(best_ms "$had" "${check[@]}")" "$(peak_kib "$had" "${check[@]}")"
fresh() { rm -rf "$work/fresh"; "$had" build --as-of 2026-11-24 -o "$work/fresh" examples/acme; }
printf '%-22s %10s %10s\n' "build into nothing" "$(best_ms fresh)" \
    "$(peak_kib "$had" build --as-of 2026-11-24 -o "$work/b" examples/acme)"
again=(build --as-of 2026-11-24 -o "$work/b" examples/acme)
printf '%-22s %10s %10s\n' "build, nothing changed" "$(best_ms "$had" "${again[@]}")" "$(peak_kib "$had" "${again[@]}")"
