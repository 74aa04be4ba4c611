#!/usr/bin/env bash
# The long runs of the oracles of the proofs, after a release build: proofs.sh [FOUNDATIONS [LABS]]
#   FOUNDATIONS  random ones, decided by the prover and by hand (100000), shared by the cores: each flow, name, site and
#                route, then what breaks without any one thing and without any two
#   LABS         random ones, built of network namespaces and probed with real packets (200)
set -euo pipefail
cd "$(dirname "$0")/.."
foundations=${1:-100000}
labs=${2:-200}
build=${HAD_BUILD:-build/release}
jobs=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for program in prove_differential prove_losses; do
    pids=()
    for ((i = 0; i < jobs; i++)); do
        # Seeds far apart, so that no two cores look at one foundation.
        "$build/tests/prove/$program" $(((foundations + jobs - 1) / jobs)) $((1 + i * 10000000)) >"$work/$i" &
        pids+=($!)
    done
    for ((i = 0; i < jobs; i++)); do
        wait "${pids[$i]}" || failed=1
        cat "$work/$i"
    done
done
status=0
python3 tests/prove/packets/run.py "$build/bin/had" "$build/tests/prove/prove_pairs" --specs "$labs" --seed 5000 || status=$?
[ "$status" = 0 ] || [ "$status" = 77 ] || failed=1
exit $failed
