#!/usr/bin/env bash
# Runs the libFuzzer targets, as many at once as there are processors, starting from the committed corpus:
#     scripts/fuzz.sh [SECONDS [SEED]]     of each target of the language; the others get a third of it. An hour is 3600.
# New inputs stay in build/fuzz/corpus, so that a later run goes on from there. With a SEED the inputs come in the same
# order in every run from a clean clone; without, each run tries others.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
export HAD_FUZZ_SEED=${2:-0} # libFuzzer draws one for 0
if ! echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { (void)d; (void)n; return 0; }' |
    clang -x c -fsanitize=fuzzer - -o /dev/null 2>/dev/null; then
    . scripts/packages.sh
    install_packages libclang-rt-dev || true
fi
cmake --preset fuzz -DBUILD_TESTING=ON >/dev/null
cmake --build build/fuzz --target fuzzers -- --quiet

fuzz_one() { # target, seconds
    local name corpus log=build/fuzz/$1.log time=$2
    name=${1#fuzz_}
    case $name in lex | parse_format | check) ;; *) time=$(((time + 2) / 3)) ;; esac
    corpus=build/fuzz/corpus/$1
    mkdir -p "$corpus"
    local seeds=()
    for folder in tests/fuzz/corpus "tests/fuzz/$name" build/fuzz/tests/fuzz/seeds; do
        [ -d "$folder" ] && seeds+=("$folder")
    done
    if ! "build/fuzz/tests/fuzz/$1" -max_total_time="$time" -seed="$HAD_FUZZ_SEED" -timeout=20 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix=build/fuzz/ -dict=build/fuzz/tests/fuzz/had.dict "$corpus" "${seeds[@]}" >"$log" 2>&1; then
        tail -40 "$log"
        return 1
    fi
    echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions in ${time}s, no finding"
}
export -f fuzz_one

for target in build/fuzz/tests/fuzz/fuzz_*; do
    [ -x "$target" ] && [ ! -d "$target" ] && basename "$target"
done | xargs -P "$(nproc)" -I{} bash -c "fuzz_one {} $seconds"
