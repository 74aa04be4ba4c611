#!/usr/bin/env python3
"""Plants one fault at a time and looks what the proofs say: run.py HAD ACME faults.tsv [NAME…]

A row replaces one text of one file (it stands there once; `\\n` is a newline). The proofs must then refute
the query with the reason and at the place that the row names, as `R1 ROUTE_NOT_FOUND network.had:39`; of
several, each. `F1 is assumed` is a verdict that names what it rests on. The near miss, another replacement of
the same file, leaves everything proved, or `R1 is assumed` where the ninth column allows it. With `?` the row is
tried and what is found is printed. Base `groups` is acme with a stated group at its controllers.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def prove(had, folder):
    run = subprocess.run([had, "prove", "--format", "json", "--as-of", "2026-11-24", folder],
                         capture_output=True, text=True, timeout=60, check=False)
    try:
        document = json.loads(run.stdout)
        queries = document["queries"]
    except (json.JSONDecodeError, KeyError):
        return f"nothing is proved (status {run.returncode}): {run.stdout[:600]}{run.stderr[:600]}"
    found = {f"{q['id']} {x['reason']} {os.path.basename(x.get('file', '-'))}:{x.get('line', 0)}"
             for q in queries for x in q["counterexamples"]}
    found |= {f"{q['id']} is {q['verdict']}" for q in queries if q["verdict"] in ("assumed", "unknown")}
    unproved = {q["id"] for q in queries if q["verdict"] != "proved"}
    if (run.returncode == 1) != any(q["verdict"] == "refuted" for q in queries):
        return f"exit status {run.returncode} does not fit the verdicts"
    return found, unproved


GROUPS = [("identity.had", 'import "network.had"',
           'quota "security group rules" because "support case 4711" { limit = 200 }\nimport "network.had"'),
          ("directories.had", "address = 10.17.0.10 }",
           "address = 10.17.0.10, security-groups = [shared.dcs] }"),
          ("directories.had", "address = 10.17.1.10 }",
           "address = 10.17.1.10, security-groups = [shared.dcs] }")]


def change(folder, file, old, new):
    path = os.path.join(folder, file)
    with open(path, encoding="utf-8") as source:
        text = source.read()
    if text.count(old) != 1:
        return f"`{old}` stands {text.count(old)} times in {file}"
    with open(path, "w", encoding="utf-8") as target:
        target.write(text.replace(old, new))
    return None


def planted(had, base, file, old, new, more=()):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(base, folder, dirs_exist_ok=True)
        for edit in ((file, old.replace("\\n", "\n"), new.replace("\\n", "\n")), *more):
            if problem := change(folder, *edit):
                return problem
        return prove(had, folder)


def main():
    had, acme, table, *wanted = sys.argv[1:]
    bases = {"acme": acme, "hubs": os.path.join(HERE, "bases", "hubs")}
    rows, failed = 0, 0
    bases["groups"] = acme
    for name, base in list(bases.items())[:2]:
        result = prove(had, base)
        if isinstance(result, str) or result[0] or result[1]:
            print(f"base {name} is not proved: {result}")
            failed += 1
    with open(table, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.rstrip("\n").split("\t")
            if len(cells) not in (8, 9):
                sys.exit(f"{len(cells)} columns: {line}")
            name, base, file, old, new, expected, near_old, near_new, *allowed = cells
            allowed = allowed[0].split("; ") if allowed else []
            if wanted and name not in wanted:
                continue
            rows += 1
            more = GROUPS if base == "groups" else ()
            result = planted(had, bases[base], file, old, new, more)
            if expected == "?":
                print(f"{name}: {'; '.join(sorted(result[0])) if not isinstance(result, str) else result}"
                      f" {sorted(result[1]) if not isinstance(result, str) else ''}")
            elif isinstance(result, str):
                print(f"{name}: {result}")
                failed += 1
            else:
                missing = set(expected.split("; ")) - result[0]
                if missing:
                    print(f"{name}: not found: {'; '.join(sorted(missing))}; "
                          f"found {'; '.join(sorted(result[0])) or 'nothing'}")
                    failed += 1
            near = planted(had, bases[base], file, near_old, near_new, more)
            if isinstance(near, str):
                print(f"{name}, near miss: {near}")
                failed += 1
            elif near[0] - set(allowed):
                print(f"{name}, near miss: found {'; '.join(sorted(near[0]))}")
                failed += 1
    print(f"{rows} faults, {failed} failed")
    sys.exit(1 if failed or not rows else 0)


main()
