#!/usr/bin/env python3
"""Changes one fact of a spec at a time: run.py HAD SPEC mutations.tsv [NAME…]

Each row of the table replaces one text of one file (a text that stands there once; `\\n` is a newline) and
must then give exactly the expected findings, as CODE@FILE:LINE with spaces between, beyond those of the
spec as it is, which may stand on another line then. Its near miss, another replacement of the same file,
gives none. `NAME:FILE` is a file of the spec NAME beside SPEC. Refuted proofs (R1 to R7, F1) are not looked
at here: a fault that a rule sees is often one that a proof sees, too (tests/prove/).
"""
import concurrent.futures
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

AS_OF = "2026-11-24"
MOST = 3  # findings for one cause
LEAST = 250  # rows of the table


@functools.lru_cache(maxsize=None)
def clean(had, spec):
    return findings(had, spec)


def findings(had, folder):
    run = subprocess.run([had, "check", "--format", "json", "--as-of", AS_OF, folder],
                         capture_output=True, text=True, timeout=60, check=False)
    try:
        document = json.loads(run.stdout)
    except json.JSONDecodeError:
        sys.exit(f"no findings in the output (status {run.returncode})\n{run.stdout}{run.stderr}")
    return {(f["code"], f["file"], f["message"]): f"{f['code']}@{f['file']}:{f['line']}"
            for f in document["findings"]
            if f["waived"] is None and not re.fullmatch("[RF][1-9]", f["code"])}


def mutated(had, spec, file, old, new):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(spec, folder, dirs_exist_ok=True)
        path = os.path.join(folder, file)
        with open(path, encoding="utf-8") as source:
            text = source.read()
        if text.count(old) != 1:
            return f"`{old}` stands {text.count(old)} times in {file}"
        with open(path, "w", encoding="utf-8") as target:
            target.write(text.replace(old, new))
        return findings(had, folder)


def unescape(text):
    return text.replace("\\n", "\n")


def run_row(had, spec, row):
    name, file, old, new, expected, near_old, near_new = row
    if ":" in file:
        other, file = file.split(":")
        spec = os.path.join(os.path.dirname(spec), other)
    before, wrong = clean(had, spec), []
    for what, a, b, want in ((name, old, new, set(expected.split())),
                             (name + ", near miss", near_old, near_new, set())):
        found = mutated(had, spec, file, unescape(a), unescape(b))
        if not isinstance(found, dict):
            wrong.append(f"{what}: {found}")
            continue
        fresh = {found[key] for key in found.keys() - before.keys()}
        gone = {before[key] for key in before.keys() - found.keys()}
        if fresh != want or gone:
            wrong.append(f"{what}: expected {' '.join(sorted(want)) or 'nothing'}, "
                         f"found {' '.join(sorted(fresh)) or 'nothing'}"
                         + (f"; gone: {' '.join(sorted(gone))}" if gone else ""))
    return wrong


def main():
    had, spec, table, *wanted = sys.argv[1:]
    with open(table, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if line.strip() and not line.startswith("#")]
    names = [row[0] for row in rows]
    wrong = [f"two rows are called {name}" for name in sorted(set(names)) if names.count(name) > 1]
    if len(rows) < LEAST:
        wrong.append(f"{len(rows)} rows, fewer than {LEAST}")
    rows = [row for row in rows if not wanted or row[0] in wanted]
    wrong += [f"{row[0]}: more than {MOST} findings for one cause" for row in rows if len(row[4].split()) > MOST]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda row: run_row(had, os.path.abspath(spec), row), rows):
            wrong += found
    codes = {code.split("@")[0] for row in rows for code in row[4].split()}
    print("\n".join(wrong + [f"{len(rows)} faults of {len(codes)} codes, {len(wrong)} failed"]))
    sys.exit(1 if wrong or not rows else 0)


main()
