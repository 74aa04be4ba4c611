#!/usr/bin/env python3
"""Changes one fact of a spec at a time: run.py HAD SPEC mutations.tsv [NAME…]

Each row of the table replaces one text of one file (a text that stands there once; `\\n` is a newline) and
must then give exactly the expected findings, as CODE@FILE:LINE with spaces between, beyond those of the
spec as it is, which may stand on another line then. Its near miss, another replacement of the same file, gives none. Refuted proofs (R1 to R7, F1)
are not looked at here: a fault that a rule sees is often one that a proof sees, too (tests/prove/).
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

AS_OF = "2026-11-24"


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


def main():
    had, spec, table, *wanted = sys.argv[1:]
    before = findings(had, spec)
    rows, failed = 0, 0
    with open(table, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            name, file, old, new, expected, near_old, near_new = line.rstrip("\n").split("\t")
            if wanted and name not in wanted:
                continue
            rows += 1
            for what, a, b, want in ((name, old, new, set(expected.split())),
                                     (name + ", near miss", near_old, near_new, set())):
                found = mutated(had, spec, file, unescape(a), unescape(b))
                if not isinstance(found, dict):
                    print(f"{what}: {found}")
                    failed += 1
                    continue
                fresh = {found[key] for key in found.keys() - before.keys()}
                gone = {before[key] for key in before.keys() - found.keys()}
                if fresh != want or gone:
                    print(f"{what}: expected {' '.join(sorted(want)) or 'nothing'}, "
                          f"found {' '.join(sorted(fresh)) or 'nothing'}"
                          + (f"; gone: {' '.join(sorted(gone))}" if gone else ""))
                    failed += 1
    print(f"{rows} mutations, {failed} failed")
    sys.exit(1 if failed or not rows else 0)


main()
