#!/usr/bin/env bash
# From a bare Debian or Ubuntu machine to a checked example and its generated templates. Safe to run twice.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/packages.sh

# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES

echo "building had (release)"
[ -f build/release/build.ninja ] || cmake --preset release -DBUILD_TESTING=OFF >/dev/null
cmake --build build/release --target had -- --quiet

had=build/release/bin/had
echo
echo "\$ had check examples/acme"
$had check examples/acme
echo
echo "\$ had build examples/acme -o out/acme"
$had build examples/acme -o out/acme
cat <<EOF

What to look at:
  examples/acme/identity.had                 the spec: start here, it imports the rest
  out/acme/runbook.md                        every step to deploy it, with its owner and its check
  out/acme/cloudformation/                   templates by account, Region and layer
  out/acme/dsc/                              PowerShell DSC for domain controllers, sites and the directory
  out/acme/firewall.csv                      ports for the team that owns the firewall on-premises
  out/acme/manifest.json                     the same steps for programs

Next: change a line of examples/acme (put both domain controllers into one subnet, say) and run
  $had check examples/acme
EOF
