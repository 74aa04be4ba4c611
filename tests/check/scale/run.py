#!/usr/bin/env python3
"""Holds rules to their stated complexity: run.py CHECK_STEPS [--table]

A rule states one of FORMS and what it counts. Four times as much of everything must then cost at most LIMIT times the
steps: a rule that looks at each object for each other one would take sixteen times.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_all  # noqa: E402

FORMS = ("O(1)", "O(n)", "O(n log n)")
SMALL, TIMES = 60, 4
LIMIT = 5.6  # 4 · log(4 n) / log(n) is 5.4 at 60
FLOOR = 2000  # steps of the small spec: fewer do not tell


def measure(program):
    with tempfile.TemporaryDirectory() as work:
        folders = []
        for shape in ("deep", "wide"):
            for count in (SMALL, SMALL * TIMES):
                folders.append(os.path.join(work, f"{shape}-{count}"))
                make_all.main(count, folders[-1], shape)
        run = subprocess.run([program, *folders], capture_output=True, text=True, timeout=300, check=False)
        if run.returncode:
            sys.exit(run.stderr)
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    return [(row[0], row[1], [int(x) for x in row[2::2]], [int(x) for x in row[3::2]]) for row in rows]


def main():
    rows = measure(sys.argv[1])
    wrong = []
    for code, stated, steps, findings in rows:
        form = re.match(r"O\([^)]*\)", stated)
        if not form or form[0] not in FORMS:
            wrong.append(f"{code} states {stated}, which is none of {', '.join(FORMS)}")
        for at, shape in ((0, "deep"), (2, "wide")):
            if steps[at + 1] > LIMIT * max(steps[at], FLOOR):
                wrong.append(f"{code} states {stated} and takes {steps[at + 1] / steps[at]:.1f} times the steps for {TIMES} times as "
                             f"much ({shape}: {steps[at]} and {steps[at + 1]}; findings {findings[at]} and {findings[at + 1]})")
    if "--table" in sys.argv:
        for code, stated, steps, findings in rows:
            print(code, *steps, *findings, stated, sep="\t")
    spoke = sum(1 for row in rows if row[3][1] or row[3][3])
    print("\n".join(wrong + [f"{len(rows)} rules, {spoke} of them with findings, {len(wrong)} failed"]))
    sys.exit(1 if wrong or not rows else 0)


if __name__ == "__main__":
    main()
