#!/usr/bin/env python3
"""Runs the cases of one rule: run.py HAD RULE_FOLDER

A case is a file `fires*.had` or `silent*.had`, or a folder of files named so. Its first line may name
files of base/ to check it with: `# with core hub`. The rule must be found exactly on the lines that end in
`# expect CODE`, or that `# expect CODE at FILE:LINE` names (in JSON, which has no comments), and nowhere
else; errors of the language must be expected, too.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

AS_OF = "2026-11-24"
HERE = os.path.dirname(os.path.abspath(__file__))
EXPECT_AT = re.compile(r"^#\s*expect\s+([A-Z]+[0-9]+)\s+at\s+(\S+):([0-9]+)$")
EXPECT = re.compile(r"#\s*expect\s+((?:[A-Z]+[0-9]+\s*)+)$")
WITH = re.compile(r"^#\s*with\s+(.*)$")
OPTIONS = re.compile(r"^#\s*options\s+(.*)$")


def expectations(folder, names):
    found, bases, options = set(), [], []
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if match := EXPECT.search(line):
                    found |= {(code, name, number) for code in match[1].split()}
                if match := EXPECT_AT.match(line.strip()):
                    found.add((match[1], match[2], int(match[3])))
                if match := WITH.match(line):
                    bases += match[1].split()
                if match := OPTIONS.match(line):
                    options += match[1].split()
    return found, bases, options


def check(had, folder, options):
    run = subprocess.run([had, "check", "--format", "json", "--as-of", AS_OF, *options, folder],
                         capture_output=True, text=True, timeout=60, check=False)
    try:
        return json.loads(run.stdout)["findings"]
    except (json.JSONDecodeError, KeyError):
        sys.exit(f"{folder}: no findings in the output (status {run.returncode})\n{run.stdout}{run.stderr}")


def run_case(had, rule, case):
    with tempfile.TemporaryDirectory() as folder:
        if os.path.isdir(case):
            shutil.copytree(case, folder, dirs_exist_ok=True)
        else:
            shutil.copy(case, os.path.join(folder, "case.had"))
        names = sorted(os.path.relpath(os.path.join(at, name), folder)
                       for at, _, files in os.walk(folder) for name in files if name.endswith(".had"))
        expected, bases, options = expectations(folder, names)
        for base in bases:
            shutil.copy(os.path.join(HERE, "base", base + ".had"), os.path.join(folder, base + ".had"))
        found = {(f["code"], f["file"], f["line"]) for f in check(had, folder, options)
                 if f["waived"] is None and (f["code"] == rule or f["code"].startswith("HAD"))}
    name = os.path.relpath(case, HERE)
    good = True
    for code, file, line in sorted(expected - found):
        print(f"{name}: {code} is not found at {file}:{line}")
        good = False
    for code, file, line in sorted(found - expected, key=str):
        print(f"{name}: {code} is found at {file}:{line} and not expected")
        good = False
    fires = any(code == rule for code, _, _ in expected)
    if fires != os.path.basename(case).startswith("fires"):
        print(f"{name}: expects {'' if fires else 'no '}{rule}, against its name")
        good = False
    return good


def main():
    had, folder = sys.argv[1], os.path.abspath(sys.argv[2])
    rule = os.path.basename(folder)
    cases = sorted(name for name in os.listdir(folder) if name.startswith(("fires", "silent")))
    good = all([run_case(had, rule, os.path.join(folder, name)) for name in cases])
    for kind in ("fires", "silent"):
        if not any(name.startswith(kind) for name in cases):
            print(f"{rule}: no case {kind}*.had")
            good = False
    sys.exit(0 if good else 1)


main()
