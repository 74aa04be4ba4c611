#!/bin/sh
# test.sh DIR PATH...: builds the checker in DIR and runs it over all PowerShell below the paths. Before
# that it must find the fault in a file that has one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
"$here/build.sh" "$dir" || exit $?

printf "configuration Broken\r\n{\r\n    node 'x'\r\n    {\r\n        Disk 'a'\r\n        {\r\n            Size = @('1'\r\n        }\r\n    }\r\n}\r\n" >"$dir/broken.ps1"
if "$dir/powershell-check" "$dir/broken.ps1" >/dev/null; then
    echo "the checker takes a broken file" >&2
    exit 1
fi
find "$@" -type f \( -name '*.ps1' -o -name '*.psd1' \) -print >"$dir/files"
if [ ! -s "$dir/files" ]; then
    echo "no PowerShell below $*" >&2
    exit 1
fi
tr '\n' '\0' <"$dir/files" | xargs -0 "$dir/powershell-check"
