#!/usr/bin/env bash
# Runs each libFuzzer target for so many seconds, starting from the committed corpus. New inputs stay in build/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
if ! echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { (void)d; (void)n; return 0; }' |
    clang -x c -fsanitize=fuzzer - -o /dev/null 2>/dev/null; then
    . scripts/packages.sh
    install_packages libclang-rt-dev || true
fi
cmake --preset fuzz -DBUILD_TESTING=ON >/dev/null
cmake --build build/fuzz --target fuzzers -- --quiet
for target in build/fuzz/tests/fuzz/fuzz_*; do
    [ -x "$target" ] && [ ! -d "$target" ] || continue
    name=$(basename "$target")
    corpus=build/fuzz/corpus/$name
    mkdir -p "$corpus"
    seeds=()
    for folder in tests/fuzz/corpus "tests/fuzz/${name#fuzz_}" build/fuzz/tests/fuzz/seeds; do
        [ -d "$folder" ] && seeds+=("$folder")
    done
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
        -dict=build/fuzz/tests/fuzz/had.dict "$corpus" "${seeds[@]}" >"build/fuzz/$name.log" 2>&1 || {
        tail -40 "build/fuzz/$name.log"
        exit 1
    }
    grep -E 'number_of_executed_units|average_exec_per_sec' "build/fuzz/$name.log" | sed "s/^/$name /"
done
