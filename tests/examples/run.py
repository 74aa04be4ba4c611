"""One example, as a reader meets it: run.py HAD EXAMPLE EXPECTED STEP

EXAMPLE is a folder of examples/, EXPECTED the folder with its graph and the list of its outputs. HAD_BLESS=1 writes
those two (not in CI)."""
import difflib
import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DAY = "2026-11-24"  # waivers expire by --as-of, never by the day of the test


class Failed(Exception):
    pass


def had(program, *args):
    # `std:` is that of the checkout, beside which the program was built.
    done = subprocess.run([program, *map(str, args)], capture_output=True, timeout=120, check=False,
                          env={**os.environ, "NO_COLOR": "1"})
    if done.returncode:
        raise Failed(f"had {' '.join(map(str, args))}: status {done.returncode}\n"
                     f"{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


def compare(path, text):
    if os.environ.get("HAD_BLESS"):
        if os.environ.get("CI"):
            raise Failed("golden files are not written in CI")
        path.write_text(text, encoding="utf-8")
        return
    if not path.exists():
        raise Failed(f"{path} is missing: bless it and read it")
    want = path.read_text(encoding="utf-8")
    if want != text:
        lines = difflib.unified_diff(want.splitlines(), text.splitlines(), "expected", "got", lineterm="")
        raise Failed("\n".join(list(lines)[:200]))


def check(program, example, _expected, _folder):
    """No error and no warning; waivers are used, and have not ended."""
    had(program, "check", "--fail-on=warning", "--as-of", DAY, example)


def fmt(program, example, _expected, _folder):
    had(program, "fmt", "--check", example)


def test(program, example, _expected, _folder):
    """Its `test` blocks; an example without any passes."""
    out = had(program, "test", "--as-of", DAY, example)
    written = sum(path.read_text(encoding="utf-8").count('\ntest "') for path in example.rglob("*.had"))
    if f"{written} passed, 0 failed" not in out:
        raise Failed(f"{written} tests are written:\n{out}")


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                  if path.is_file() and path.name != ".had-build")


def says(out, path):
    """`FILE: TEXT` of each line is in the output, `!FILE: TEXT` is not; `#` begins a comment."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if not line or line.startswith("#"):
            continue
        name, text = line.lstrip("!").split(": ", 1)
        if (text in (out / name).read_text(encoding="utf-8")) == line.startswith("!"):
            raise Failed(f"{path.name}: {line}")


def build(program, example, expected, folder):
    """Twice the same bytes, and the files that are expected."""
    one, two = folder / "one", folder / "two"
    for out in one, two:
        had(program, "build", "-q", "--as-of", DAY, example, "-o", out)
    names = files_of(one)
    if names != files_of(two):
        raise Failed("two builds wrote other files")
    _, differ, missing = filecmp.cmpfiles(one, two, names, shallow=False)
    if differ or missing:
        raise Failed(f"two builds differ in {', '.join(differ + missing)}")
    had(program, "build", "-q", "--as-of", DAY, example, "-o", one, "--check")
    # Roles of accounts that share one are named by their content.
    names = sorted(re.sub(r"member-[0-9a-f]{8}", "member-DIGEST", name) for name in names)
    compare(expected / f"{example.name}.files", "".join(name + "\n" for name in names))
    says(one, expected / f"{example.name}.says")


def graph(program, example, expected, _folder):
    """The picture is the one that was looked at; dot, where it is there, can draw it."""
    text = had(program, "graph", example, "--format", "dot")
    compare(expected / f"{example.name}.dot", text)
    dot = shutil.which("dot")
    if dot:
        drawn = subprocess.run([dot, "-Tsvg"], input=text.encode(), capture_output=True, timeout=120, check=False)
        if drawn.returncode or b"<svg" not in drawn.stdout or drawn.stderr:
            raise Failed(f"dot: status {drawn.returncode}\n{drawn.stderr.decode()}")


STEPS = {step.__name__: step for step in (check, fmt, test, build, graph)}


def main():
    program, example, expected, step = sys.argv[1], *map(pathlib.Path, sys.argv[2:4]), sys.argv[4]
    with tempfile.TemporaryDirectory(prefix="had-example-") as folder:
        try:
            STEPS[step](program, example, expected, pathlib.Path(folder))
        except Failed as failed:
            print(failed)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
