#!/bin/sh
# Runs cfn-lint over every template below a folder:
#     python3 -m venv VENV && VENV/bin/pip install -r tests/validators/requirements.txt
#     HAD_CFN_LINT=VENV/bin/cfn-lint tests/validators/run_cfn_lint.sh DIR [REGION]
# Exit status 1 if there is a finding, 77 (skipped) without cfn-lint of the pinned version.
set -eu
folder=${1:?usage: run_cfn_lint.sh DIR [REGION]}
region=${2:-eu-west-1}
lint=${HAD_CFN_LINT:-cfn-lint}
if ! command -v "$lint" >/dev/null 2>&1; then
    echo "skipped: no cfn-lint; set HAD_CFN_LINT" >&2
    exit 77
fi
# The schemas move with the version, so only the pinned one is held against the templates.
pinned=$(sed -n 's/^cfn-lint==//p' "$(dirname "$0")/requirements.txt")
if [ -z "${HAD_CFN_LINT:-}" ] && ! "$lint" --version | grep -qxF "cfn-lint $pinned"; then
    echo "skipped: cfn-lint is not $pinned; set HAD_CFN_LINT to use it nevertheless" >&2
    exit 77
fi
list=$(mktemp)
trap 'rm -f "$list"' EXIT
# Many ways to build one spec give many equal templates: each is looked at once.
find "$folder" -type f \( -name '*.yaml' -o -name '*.json' \) ! -name manifest.json \
    ! -name '*.policy.json' -exec sha256sum {} + | sort -u -k1,1 | cut -c67- | sort >"$list"
[ -s "$list" ] || { echo "no templates in $folder" >&2; exit 1; }
# Account ids and Regions come from the spec, so a template may name its own.
status=0
tr '\n' '\0' <"$list" |
    xargs -0 "$lint" --regions "$region" --include-checks W --format parseable -- || status=1
echo "$(wc -l <"$list" | tr -d ' ') templates, cfn-lint status $status"
exit $status
