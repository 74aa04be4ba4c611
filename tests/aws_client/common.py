"""What the differential tests share: the driver in bulk, and being skipped where botocore is absent."""
import base64
import json
import subprocess
import sys

SKIPPED = 77


def need_botocore():
    need("botocore", "botocore", "requirements.txt")


def need(module, package, pins):
    """The pinned version of a package, or the test is skipped."""
    import importlib.metadata
    import pathlib
    import re

    pinned = re.search(rf"^{package}==(\S+)", (pathlib.Path(__file__).resolve().parent.parent / pins).read_text(), re.M).group(1)
    try:
        __import__(module)
        found = importlib.metadata.version(package)
    except ImportError:
        print(f"skipped: {package} {pinned} of tests/{pins} is not installed")
        sys.exit(SKIPPED)
    if found != pinned:
        print(f"skipped: {package} {found} is installed, tests/{pins} wants {pinned}")
        sys.exit(SKIPPED)


def drive(program, requests):
    """One answer for each request; both are lists of objects."""
    text = "".join(json.dumps(r) + "\n" for r in requests)
    done = subprocess.run([program], input=text.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if len(answers) != len(requests):
        raise SystemExit(f"{len(requests)} requests, {len(answers)} answers")
    return answers


def b64(data):
    return base64.b64encode(data).decode()


class Failures:
    """Counts, prints the first few in full, and decides the exit status."""

    def __init__(self, shown=10):
        self.count, self.shown = 0, shown

    def add(self, *lines):
        self.count += 1
        if self.count <= self.shown:
            print("----", *lines, sep="\n")

    def finish(self, cases, what):
        print(f"{cases} {what}, {self.count} differences")
        return 1 if self.count or not cases else 0
