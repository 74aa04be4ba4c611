"""Runs one golden case: run.py HAD FOLDER/CASE. HAD_BLESS=1 writes the expected file (not in CI)."""
import difflib
import os
import pathlib
import re
import subprocess
import sys

DAY = "2026-11-24"  # waivers expire by --as-of, never by the day of the test


OF_A_RULE = re.compile(rb"(error|warning|info)\[(?!HAD)")
SUMMARY = re.compile(rb"(\A|(?<=\n\n))[^\n]*: \d+ errors?, \d+ warnings?, \d+ info[^\n]*\n\Z")


def header(text, word, fallback):
    found = re.search(rf"^# {word}: (.*)$", text, re.M)
    return found.group(1).strip() if found else fallback


def run(had, case):
    work = case.parent
    source = case.with_name(case.name + ".had")
    if not source.exists():
        source = case / "main.had"
        work = case
    text = source.read_text(encoding="utf-8", errors="surrogateescape")
    args = header(text, "args", "").split()
    status = int(header(text, "status", "0"))
    folder = case.parent.name
    name = source.name
    stdin = None
    if folder == "format":
        command = ["fmt", "-"]
        stdin = source.read_bytes()
    elif folder in ("findings", "forms"):
        command = ["check", "-q", "--as-of", DAY, "--color", "never", *args, name]
    else:
        command = ["dump", f"--after={folder}", "--as-of", DAY, *args, name]
    done = subprocess.run([had, *command], cwd=work, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60,
                          env={**os.environ, "NO_COLOR": "1", "HAD_STDLIB": os.environ.get("HAD_STDLIB", "")})
    if folder == "findings" and header(text, "rules", "no") == "no":  # the language alone
        kept = [part for part in done.stdout.split(b"\n\n") if not OF_A_RULE.match(part)]
        done.stdout = b"\n\n".join(kept)
        done.stdout = SUMMARY.sub(b"", done.stdout)
        if done.stdout and not done.stdout.endswith(b"\n"):
            done.stdout += b"\n"  # a rule was last
    if folder == "forms":  # releases do not change what a form looks like
        done.stdout = re.sub(rb'("name": "had",\s+"version": )"[^"]*"', rb'\1"VERSION"', done.stdout)
    return done, status


def main():
    had, case = sys.argv[1], pathlib.Path(sys.argv[2])
    done, status = run(had, case)
    if done.returncode != status:
        sys.stderr.buffer.write(done.stderr)
        print(f"exit status {done.returncode}, expected {status}")
        return 1
    expected = case.with_name(case.name + ".out")
    if os.environ.get("HAD_BLESS"):
        if os.environ.get("CI"):
            print("golden files are not written in CI")
            return 1
        expected.write_bytes(done.stdout)
        return 0
    if not expected.exists():
        print(f"{expected} is missing: bless it and read it")
        return 1
    want = expected.read_bytes()
    if want == done.stdout:
        return 0
    lines = difflib.unified_diff(want.decode(errors="replace").splitlines(),
                                 done.stdout.decode(errors="replace").splitlines(),
                                 "expected", "got", lineterm="")
    print("\n".join(list(lines)[:200]))
    return 1


if __name__ == "__main__":
    sys.exit(main())
