"""Specs in the pages: run.py HAD ROOT

Every block marked `had` in README.md, docs/ and examples/*/README.md is formatted as `had fmt` would. A block that
opens with its edition is a whole spec: it is checked, and has no error. A block whose first line is a comment with
the word `expect` and codes must have these findings."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

DAY = "2026-11-24"
BLOCK = re.compile(r"^(?P<indent> *)```had *\n(?P<text>.*?)^(?P=indent)``` *$", re.M | re.S)
EXPECT = re.compile(r"^# expect ((?:[A-Z]+[0-9]+ ?)+)$", re.M)


def blocks(page):
    text = page.read_text(encoding="utf-8")
    opened = len(re.findall(r"^ *```had\b", text, re.M))
    found = list(BLOCK.finditer(text))
    if len(found) != opened:
        yield 1, None  # a block that does not end would not be seen
    for block in found:
        indent = len(block["indent"])
        lines = [line[indent:] for line in block["text"].splitlines()]
        yield text.count("\n", 0, block.start()) + 2, "\n".join(lines) + "\n"


def had(program, root, *args, text=None):
    return subprocess.run([program, *args], input=text and text.encode(), capture_output=True, timeout=60, check=False,
                          env={**os.environ, "NO_COLOR": "1", "HAD_STDLIB": str(root / "stdlib")})


def look(program, root, text):
    """What is wrong with a block, or nothing."""
    if text is None:
        return "a block of `had` has no end"
    whole = re.match(r"(#.*\n|\n)*had 1\n", text)
    # The edition is the first statement of every file; a fragment leaves it out.
    source = text if whole else "had 1\n\n" + text
    done = had(program, root, "fmt", "-", text=source)
    if done.returncode:
        return done.stdout.decode() + done.stderr.decode()
    if done.stdout.decode() != source:
        return "not as `had fmt` writes it:\n" + done.stdout.decode()
    if not whole:
        return None
    with tempfile.TemporaryDirectory(prefix="had-docs-") as folder:
        (pathlib.Path(folder) / "main.had").write_text(text, encoding="utf-8")
        done = had(program, root, "check", "--format=short", "--as-of", DAY, folder)
    found = set(re.findall(r"^\S+:\d+:\d+: (?:error|warning|info) ([A-Z]+[0-9]+):", done.stdout.decode(), re.M))
    expected = EXPECT.search(text)
    if expected:
        missing = set(expected[1].split()) - found
        return f"expected and not found: {', '.join(sorted(missing))}\n{done.stdout.decode()}" if missing else None
    return done.stdout.decode() + done.stderr.decode() if done.returncode else None


def main():
    program, root = sys.argv[1], pathlib.Path(sys.argv[2])
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md")), *sorted((root / "examples").glob("*/README.md"))]
    count = failed = 0
    for page in pages:
        for line, text in blocks(page):
            count += 1
            wrong = look(program, root, text)
            if wrong:
                failed += 1
                print(f"{page.relative_to(root)}:{line}: {wrong.rstrip()}\n")
    print(f"{count} blocks in {len(pages)} pages, {failed} wrong")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
