#!/usr/bin/env bash
# Foundations of so many accounts, with people's access to each, made in the model of AWS:
# bench_apply.sh BENCH_APPLY [COUNTS…]. Fails where one takes more time or memory than it may.
set -euo pipefail
here=$(dirname "$0")
bench=$1
shift
[ $# -gt 0 ] || set -- 100 1000
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for count in "$@"; do
    echo "== $count accounts"
    python3 "$here/make_spec.py" "$count" "$folder/$count" "$(((count + 499) / 500))" access
    "$bench" "$folder/$count" workloads
done
