#!/usr/bin/env bash
# Builds had from the repository in which this script stands and puts it on the path of the steps that follow.
# Nothing is built where HAD_PROGRAM names a program that is there already.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

if [ -n "${HAD_PROGRAM:-}" ]; then
    program=$(command -v "$HAD_PROGRAM")
else
    # shellcheck source=scripts/packages.sh source-path=SCRIPTDIR/../..
    . "$root/scripts/packages.sh"
    # shellcheck disable=SC2086
    install_packages $BUILD_PACKAGES
    build=${HAD_BUILD:-$root/build/release}
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
    cmake --build "$build" --target had -- --quiet
    program=$build/bin/had
fi
"$program" version
if [ -n "${GITHUB_PATH:-}" ]; then
    dirname "$program" >>"$GITHUB_PATH"
else
    dirname "$program"
fi
