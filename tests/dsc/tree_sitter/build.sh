#!/bin/sh
# Builds the checker: build.sh DIR makes DIR/powershell-check from check.c, Debian's libtree-sitter-dev
# and the grammar of npm tree-sitter-powershell, pinned by version and digest. Exit status 77 (skipped)
# where the library, npm or the package cannot be had. An unpacked grammar may be given by
# TREE_SITTER_POWERSHELL=FOLDER; its parser.c and scanner.c are checked against the same digests.
set -eu

version=0.25.9
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: build.sh DIR}

if ! pkg-config --exists tree-sitter; then
    echo "skipped: libtree-sitter-dev is not installed" >&2
    exit 77
fi
mkdir -p "$out"
grammar=${TREE_SITTER_POWERSHELL:-$out/package}
if [ ! -f "$grammar/src/parser.c" ]; then
    # Only the archive is taken; no script of the package runs.
    (cd "$out" && npm pack --silent "tree-sitter-powershell@$version" >/dev/null 2>&1) || {
        echo "skipped: npm tree-sitter-powershell@$version cannot be had" >&2
        exit 77
    }
    tar -xzf "$out/tree-sitter-powershell-$version.tgz" -C "$out"
fi
(cd "$grammar" && sha256sum --check --quiet "$here/grammar.sha256")

# The grammar's own code is not held to our warnings.
${CC:-cc} -std=c11 -O1 -w -I "$grammar/src" -c "$grammar/src/parser.c" -o "$out/parser.o"
${CC:-cc} -std=c11 -O1 -w -I "$grammar/src" -c "$grammar/src/scanner.c" -o "$out/scanner.o"
# shellcheck disable=SC2046
${CC:-cc} -std=c17 -O1 -Wall -Wextra -Werror $(pkg-config --cflags tree-sitter) "$here/check.c" \
    "$out/parser.o" "$out/scanner.o" $(pkg-config --libs tree-sitter) -o "$out/powershell-check"
