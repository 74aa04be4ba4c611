#!/usr/bin/env bash
# Builds the Containerfile with buildah and does in the image what a job would do. Its base images come from debootstrap
# (the same packages, and some documentation more), so no registry of images is needed; and no daemon: root, and Debian's archive.
# usage: container.sh [FOLDER], where images and the base system stay for the next time
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-$(mktemp -d)}
[ $# -gt 0 ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
engine() { buildah --root "$work/images" --runroot "$work/run" "$@"; }

if ! engine inspect --type image debian:bookworm >/dev/null 2>&1; then
    [ -d "$work/bare" ] || debootstrap --variant=minbase bookworm "$work/bare" >/dev/null
    base=$(engine from scratch)
    engine add -q "$base" "$work/bare" / >/dev/null
    engine commit -q "$base" docker.io/library/debian:bookworm >/dev/null
    engine rm "$base" >/dev/null
    engine tag debian:bookworm docker.io/library/debian:bookworm-slim
fi
engine bud -q --pull-never --network host -t had . >/dev/null

container=$(engine from --pull-never localhost/had)
[ "$(engine run "$container" -- id -un)" = had ] || { echo "the image does not run as its own user" >&2; exit 1; }
engine run "$container" -- sh -euc '
    had --help >/dev/null
    cd /tmp
    had init foundation
    had check foundation
    had build foundation -o out
    had aws >/dev/null'
engine rm "$container" >/dev/null
engine images localhost/had
