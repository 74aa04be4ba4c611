#!/usr/bin/env bash
# Test tools outside of Debian's packages: pinned Python packages in .venv, pinned npm packages beside their
# lock files. Nothing is installed again while the pins stay the same.
set -euo pipefail
cd "$(dirname "$0")/.."

fresh() { # stamp file, inputs…: true while the stamp is that of the inputs
    local stamp=$1
    shift
    [ -f "$stamp" ] && [ "$(cat "$@" | sha256sum)" = "$(cat "$stamp")" ]
}

if [ -f tests/requirements.txt ] && ! fresh .venv/.stamp tests/requirements.txt; then
    echo "installing Python test tools"
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/python -m pip install -q --disable-pip-version-check -r tests/requirements.txt
    cat tests/requirements.txt | sha256sum >.venv/.stamp
fi
for lock in tests/*/package-lock.json tests/*/*/package-lock.json; do
    [ -f "$lock" ] || continue
    folder=$(dirname "$lock")
    if ! fresh "$folder/node_modules/.stamp" "$lock"; then
        echo "installing npm test tools of $folder"
        npm ci --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts
        cat "$lock" | sha256sum >"$folder/node_modules/.stamp"
    fi
done
