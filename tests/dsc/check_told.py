#!/usr/bin/env python3
"""check_told.py HAD [--every N]: `had build` refuses nothing that `had check` has not told.

In turn each quoted text of the examples is replaced by a hostile one. Whatever check says of the spec, build has
no error beside it, and writes nothing where check found one.
"""
import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import hostile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ("acme", "two-forests", "brownfield", "vpn-only")
LITERAL = re.compile(r"""(?<!")"((?:[^"\\\n$]|\\.)*)"(?!")|'([^'\n]*)'""")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "$": "\\$"}


def literals(folder):
    for path in sorted(folder.rglob("*.had")):
        for found in LITERAL.finditer(path.read_text("utf-8")):
            if not path.read_text("utf-8")[: found.start()].rsplit("\n", 1)[-1].lstrip().startswith(("import", "#")):
                yield path.relative_to(folder), found.span()


def written(text):
    return '"' + "".join(ESCAPES.get(c, c) for c in text) + '"'


def errors(had, command, folder):
    run = subprocess.run([had, command, "--as-of", "2026-11-24", "--format", "json", *folder], capture_output=True)
    if run.returncode not in (0, 1, 2):  # 2: a file that cannot be read, which has its finding as well
        raise RuntimeError(f"{command} ended with {run.returncode}: {run.stderr[-400:]!r}")
    found = json.loads(run.stdout)["findings"]
    return {(f["code"], f["message"]) for f in found if f["severity"] == "error" and not f["waived"]}


def try_one(had, example, place, text):
    with tempfile.TemporaryDirectory() as work:
        spec, out = pathlib.Path(work, "spec"), pathlib.Path(work, "out")
        shutil.copytree(ROOT / "examples" / example, spec)
        path, (start, end) = place
        whole = (spec / path).read_text("utf-8")
        (spec / path).write_bytes((whole[:start] + written(text) + whole[end:]).encode("utf-8", "surrogatepass"))
        told = errors(had, "check", [str(spec)])
        refused = errors(had, "build", [str(spec), "-o", str(out)])
        if refused - told:
            return bool(told), f"build alone says {sorted(refused - told)}"
        if told and out.exists():
            return True, "check found errors, and yet there are files"
        if not told and not out.exists():
            return False, "check found nothing, and yet there are no files"
        return bool(told), None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("had")
    parser.add_argument("--every", type=int, default=1 if os.environ.get("HAD_LONG") else 4, help="of the texts of the examples")
    options = parser.parse_args()
    texts = itertools.cycle([e["text"] for e in hostile.entries()])
    jobs = []
    for example in EXAMPLES:
        for place in itertools.islice(literals(ROOT / "examples" / example), 0, None, options.every):
            jobs += [(example, place, next(texts)) for _ in range(2)]
    failures = refused = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for job, (told, wrong) in zip(jobs, pool.map(lambda job: try_one(options.had, *job), jobs)):
            refused += told
            if wrong:
                failures += 1
                print(f"{job[0]}/{job[1][0]} at {job[1][1][0]}, {job[2]!r}: {wrong}")
    print(f"{len(jobs)} hostile texts in specs, {refused} refused by check, {failures} failures")
    return 1 if failures or not refused or len(jobs) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
