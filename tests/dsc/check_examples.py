#!/usr/bin/env python3
"""check_examples.py HAD [CHECKER]: what `had build` writes for real specs passes the strict reader.

The specs are the examples and those that lowering is tested with. Where the syntax checker was built,
it reads the same files.
"""
import pathlib
import subprocess
import sys
import tempfile

import read_dsc

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEAST = 4  # specs with machines of their own


def main():
    had = sys.argv[1]
    checker = sys.argv[2] if len(sys.argv) > 2 and pathlib.Path(sys.argv[2]).exists() else None
    specs = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
    specs += sorted((ROOT / "tests" / "golden" / "lower").glob("*.had"))
    machines = failures = 0
    for spec in specs:
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([had, "build", spec, "-o", folder, "--emit", "dsc,mof", "--as-of", "2026-01-01"],
                                 capture_output=True, text=True, check=False)
            dsc = pathlib.Path(folder, "dsc")
            if "HAD081" in run.stdout + run.stderr:
                failures += 1
                print(f"{spec}: the back end refuses it\n{run.stdout}{run.stderr}")
            if not dsc.is_dir():
                continue
            machines += 1
            reader = read_dsc.Reader()
            reader.read(dsc)
            files = [path for path in dsc.rglob("*") if path.suffix in (".ps1", ".psd1")]
            if checker:
                found = subprocess.run([checker, *files], capture_output=True, text=True, check=False)
                reader.problems += found.stdout.splitlines()
            if reader.problems:
                failures += 1
                print(f"{spec}:", *reader.problems, sep="\n  ")
    print(f"{len(specs)} specs, {machines} with machines, {failures} failures")
    return 1 if failures or machines < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
