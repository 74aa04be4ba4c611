#!/usr/bin/env bash
# Installs the test tools and runs every test. Safe to run twice; the second time only what changed is built.
#   ./test.sh          what CI runs: release and sanitizer builds, validators, short fuzzing
#   ./test.sh --full   also: clang build, valgrind, clang-tidy, cppcheck, long fuzzing, long proofs, large benchmarks
set -euo pipefail
cd "$(dirname "$0")"
. scripts/packages.sh
full=no
[ "${1:-}" = --full ] && full=yes

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

step "packages"
# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES $TEST_PACKAGES
if [ "$full" = yes ]; then
    install_packages valgrind clang-tidy cppcheck clang-format
fi
scripts/test_tools.sh

jobs=$(nproc)
export PATH="$PWD/.venv/bin:$PATH"

step "release build"
cmake --preset release -DBUILD_TESTING=ON >/dev/null
cmake --build build/release -- --quiet
step "tests, release build"
ctest --test-dir build/release --timeout 300 --output-on-failure -j "$jobs" --no-tests=error

step "sanitizer build"
cmake --preset asan-ubsan -DBUILD_TESTING=ON >/dev/null
cmake --build build/asan-ubsan -- --quiet
step "tests, AddressSanitizer and UndefinedBehaviorSanitizer"
# The validators look at the same bytes that the release build writes: once is enough.
ctest --test-dir build/asan-ubsan --timeout 300 --output-on-failure -j "$jobs" --no-tests=error -LE validator

step "short fuzzing"
# One seed: a change is judged by what it does, not by a draw. The long run draws its own.
scripts/fuzz.sh "${HAD_FUZZ_SECONDS:-60}" 1

if [ "$full" = yes ]; then
    step "clang build"
    cmake --preset clang -DBUILD_TESTING=ON >/dev/null
    cmake --build build/clang -- --quiet
    ctest --test-dir build/clang --timeout 300 --output-on-failure -j "$jobs" --no-tests=error -LE validator
    step "valgrind"
    scripts/valgrind.sh
    step "static analysis"
    scripts/analyse.sh
    step "package"
    scripts/package.sh
    step "container"
    install_packages buildah debootstrap
    scripts/container.sh
    step "reproducible builds"
    scripts/reproducible.sh
    step "long fuzzing"
    scripts/fuzz.sh 3600
    step "long runs of the oracles of the proofs"
    scripts/proofs.sh
    step "benchmarks"
    scripts/bench.sh
fi
step "done"
