#!/bin/sh
# Proofs of 100, 1,000, 5,000 and 16,000 workload accounts on one hub: bench_prove.sh BENCH_PROVE [COUNTS…]
# 5,000 have to stay within 250 ms and 50 MiB, 16,000 within a second.
set -eu
here=$(dirname "$0")
bench=$1
shift
[ $# -gt 0 ] || set -- 100 1000 5000 16000
failed=0
for count in "$@"; do
  folder=$(mktemp -d)
  python3 "$here/make_spec.py" "$count" "$folder" 1
  # What the sizes are about: a forest whose controllers every workload uses.
  sed -i 's/targets = site dublin, share-with = organization acme, used-by/targets = forest corp, share-with = organization acme, used-by/' \
    "$folder/main.had"
  cat >"$folder/forest.had" <<'SPEC'
had 1

quota "security group rules" because "support case 4711" { limit = 400 }
existing forest corp {
  root    = "corp.example.com"
  netbios = "CORP"
  sites   = [site dublin]
  join-as = secret("ad/corp/promotion")
  controller dc1 in subnet shared-0.directory-a { size = "m6i.large", address = 10.16.16.10 }
  controller dc2 in subnet shared-0.directory-b { size = "m6i.large", address = 10.16.17.10 }
}
trust directory aws-0 with forest corp { direction = two-way, password = secret("ad/trust/corp") }
SPEC
  echo "== $count workload accounts"
  case $count in
  5000) "$bench" "$folder" 250 50 || failed=1 ;;
  16000) "$bench" "$folder" 1000 200 || failed=1 ;;
  *) "$bench" "$folder" ;;
  esac
  rm -r "$folder"
done
exit $failed
