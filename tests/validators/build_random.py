#!/usr/bin/env python3
"""Builds random specs (tests/random_specs.py) for the validators: FOLDER/SEED/cloudformation/…, in turn as YAML and JSON, with
and without custom resources.

    build_random.py HAD FOLDER                    ten of them
    build_random.py HAD FOLDER PROGRAM…           two hundred, and then PROGRAM… FOLDER; skipped (77) without HAD_LONG=1
"""
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import random_specs  # noqa: E402

WAYS = ((), ("--json",), ("--no-custom-resources",))


def main(program, folder, count):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for seed in range(1, count + 1):
        spec = folder / f"{seed}.had"
        spec.write_text(random_specs.spec(seed).text, "utf-8")
        done = subprocess.run([program, "build", str(spec), "--as-of", "2026-01-01", "-q", "--emit", "cloudformation",
                               "-o", str(folder / str(seed)), *WAYS[seed % 3]],
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            print(f"random spec {seed}: status {done.returncode}\n{done.stdout}{done.stderr}")
            return 1
    print(f"{count} specs built")
    return 0


def many(program, folder, validator):
    if not os.environ.get("HAD_LONG"):
        print("skipped: HAD_LONG is not set")
        return 77
    return main(program, folder, 200) or subprocess.run([*validator, folder], check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) > 3:
        sys.exit(many(sys.argv[1], sys.argv[2], sys.argv[3:]))
    sys.exit(main(sys.argv[1], sys.argv[2], 10))
