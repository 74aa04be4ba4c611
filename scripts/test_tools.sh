#!/usr/bin/env bash
# Test tools outside of Debian's packages: pinned Python packages in .venv, pinned npm packages beside their
# lock files. Nothing is installed again while the pins stay the same.
#   scripts/test_tools.sh python    only what Python needs: enough for the stand-in for AWS
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

fresh() { # stamp file, inputs…: true while the stamp is that of the inputs
    local stamp=$1
    shift
    [ -f "$stamp" ] && [ "$(cat "$@" | sha256sum)" = "$(cat "$stamp")" ]
}

requirements=(tests/requirements.txt tests/*/requirements.txt)
if ! fresh .venv/.stamp "${requirements[@]}"; then
    install_packages python3 python3-venv ca-certificates
    echo "installing Python test tools"
    [ -x .venv/bin/python ] || python3 -m venv .venv
    # One environment for all, so that their pins must agree.
    .venv/bin/python -m pip install -q --disable-pip-version-check "${requirements[@]/#/-r}"
    cat "${requirements[@]}" | sha256sum >.venv/.stamp
fi
[ "${1:-}" != python ] || exit 0
install_packages nodejs npm ca-certificates
for lock in tests/*/package-lock.json tests/*/*/package-lock.json; do
    [ -f "$lock" ] || continue
    folder=$(dirname "$lock")
    if ! fresh "$folder/node_modules/.stamp" "$lock"; then
        echo "installing npm test tools of $folder"
        npm ci --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts
        cat "$lock" | sha256sum >"$folder/node_modules/.stamp"
    fi
done
