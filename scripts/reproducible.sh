#!/usr/bin/env bash
# Builds the committed sources twice, in folders of different names and with another number of jobs, and compares what is
# installed byte by byte.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages git
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # folder, jobs
    mkdir -p "$1"
    git archive HEAD | tar -x -C "$1"
    cmake -S "$1" -B "$1/made" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
    cmake --build "$1/made" -j "$2" -- --quiet >/dev/null
    DESTDIR=$1/installed cmake --install "$1/made" >/dev/null
}

build "$work/a" "$(nproc)"
build "$work/a-much-longer-name/of another/place" 1
if ! diff -r "$work/a/installed" "$work/a-much-longer-name/of another/place/installed"; then
    echo "two builds of the same sources differ" >&2
    exit 1
fi
(cd "$work/a/installed" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
echo "two builds of the same sources are equal: $(find "$work/a/installed" -type f | wc -l) files"
