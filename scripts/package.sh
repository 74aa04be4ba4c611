#!/usr/bin/env bash
# Builds the Debian package from the release build, looks at it with lintian, and tries what is in it without installing it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh
install_packages dpkg-dev fakeroot file gzip

build=${1:-build/release}
[ -f "$build/build.ninja" ] || cmake --preset release -B "$build" -DBUILD_TESTING=OFF >/dev/null
cmake --build "$build" -- --quiet
out=$build/package
rm -rf "$out"
# Without a repository, as from an archive of the sources, the changelog's day is the package's.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date -r CHANGELOG.md +%s) \
    cpack --config "$build/CPackConfig.cmake" -G DEB -B "$out" >/dev/null
deb=$(echo "$out"/*.deb)
dpkg-deb --info "$deb" | sed -n '/Package:/,$p'

if command -v lintian >/dev/null 2>&1 || install_packages lintian; then
    # The address of the maintainers is an example, and there is no bug of Debian to close.
    lintian --allow-root --fail-on error,warning --suppress-tags bogus-mail-host,initial-upload-closes-no-bugs "$deb"
    echo "lintian: clean"
else
    echo "LINTIAN IS MISSING: the package was not looked at" >&2
fi

dpkg-deb --extract "$deb" "$out/tree"
trial=$out/trial
"$out/tree/usr/bin/had" init -q "$trial"
"$out/tree/usr/bin/had" check "$trial"
"$out/tree/usr/bin/had" aws >/dev/null
"$out/tree/usr/bin/had" check -q "$out/tree/usr/share/doc/had/examples/vpn-only"
echo "$deb"
