#!/usr/bin/env bash
# The release build under valgrind: unit tests, and the whole pipeline over the examples.
set -euo pipefail
cd "$(dirname "$0")/.."
run() { valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect "$@" >/dev/null; }
for test in build/release/tests/unit/*/test_*; do
    [ -x "$test" ] && run "$test"
done
for example in examples/*/; do
    run build/release/bin/had check --as-of 2026-11-24 "$example"
    run build/release/bin/had build --as-of 2026-11-24 -o "build/valgrind/$(basename "$example")" "$example"
done
