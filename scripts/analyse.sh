#!/usr/bin/env bash
# clang-tidy and cppcheck over our own sources, and the formatter in check mode.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t sources < <(git ls-files 'compiler/*.c' 'runtime/*.c')
clang-format --dry-run --Werror "${sources[@]}"
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 8 clang-tidy -p build/release --quiet --warnings-as-errors='clang-analyzer-*,bugprone-*'
cppcheck --quiet --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --suppress=missingIncludeSystem -I compiler -I runtime "${sources[@]}"
