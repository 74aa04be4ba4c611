#!/usr/bin/env bash
# Every benchmark: figures that machines share first (instructions, bytes), times as ratios where two things
# are compared in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages valgrind time
had=build/release/bin/had
[ -x .venv/bin/python ] && export HAD_PYTHON=$PWD/.venv/bin/python # the client is compared with botocore
tests/bench/acme.sh $had
echo
tests/bench/scale.sh $had 10 100 1000 5000 20000
for program in build/release/tests/bench/bench_*; do
    [ -x "$program" ] && [ ! -d "$program" ] || continue
    echo
    basename "$program"
    if [ -x "tests/bench/$(basename "$program").sh" ]; then # makes what the program measures
        "tests/bench/$(basename "$program").sh" "$program"
    else
        "$program"
    fi
done
