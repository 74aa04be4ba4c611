#!/usr/bin/env python3
"""check_golden.py HAD: scripts and data of whole specs, byte for byte; HAD_BLESS=1 writes them anew.

Between them the specs have every role: golden/SPEC/FOREST/ROLE.ps1 and .psd1. Compiled forms are not kept here:
the strict reader compares them with the scripts.
"""
import difflib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import read_dsc

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SPECS = {
    "acme": ROOT / "examples" / "acme",
    "forest-own": ROOT / "tests" / "golden" / "lower" / "forest-own.had",
    "trust-forests": ROOT / "tests" / "golden" / "lower" / "trust-forests.had",
    "directory-people": ROOT / "tests" / "golden" / "lower" / "directory-people.had",
}


def read(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.ps*1"))
            if not path.name.endswith(".lcm.ps1")}


def main():
    failures, roles = 0, set()
    for name, spec in SPECS.items():
        golden = HERE / "golden" / name
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.argv[1], "build", spec, "-o", folder, "--emit", "dsc", "--as-of", "2026-01-01", "-q"],
                           check=True, stdout=subprocess.DEVNULL)
            found = read(pathlib.Path(folder, "dsc"))
        roles |= {pathlib.Path(path).stem for path in found}
        if os.environ.get("HAD_BLESS") and not os.environ.get("CI"):
            shutil.rmtree(golden, ignore_errors=True)
            for path, data in found.items():
                (golden / path).parent.mkdir(parents=True, exist_ok=True)
                (golden / path).write_bytes(data)
        wanted = read(golden)
        for path in sorted(set(found) | set(wanted)):
            if found.get(path) == wanted.get(path):
                continue
            failures += 1
            one, two = (data.get(path, b"").decode("utf-8-sig").splitlines() for data in (wanted, found))
            print("\n".join(list(difflib.unified_diff(one, two, f"{name}/{path}", "got", lineterm=""))[:80]))
    missing = set(read_dsc.CONFIGURATIONS) - roles
    if missing:
        print(f"no golden of the roles {', '.join(sorted(missing))}")
    return 1 if failures or missing else 0


if __name__ == "__main__":
    sys.exit(main())
