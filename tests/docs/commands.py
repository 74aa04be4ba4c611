"""Commands in the pages: commands.py HAD ROOT [--stand-in]

Blocks marked `console` are sessions. Those of one page run in one empty folder, in order, with the examples beside:

    $ had check                      a command of bash; its exit status is 0, or what `# exit status N` behind it says
    example: 0 errors                lines that follow stand in its output, in this order
    …                                any lines; inside a line, any characters

A comment of the page, `<!-- run: sed -i … main.had -->`, is run between them: what the reader does by hand. A page
with `<!-- with: stand-in -->` has `tests/aws` too, keeps what it exports, and is run only with --stand-in. Outside of
`console`, what begins with `had ` in the guide must be a command with options that exist."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PIECE = re.compile(r"^ *```console *\n(?P<block>.*?)^ *``` *$|^<!-- run: (?P<hidden>.*?) -->$", re.M | re.S)
WITH_STAND_IN = "<!-- with: stand-in -->"
LINE = re.compile(r"`(had [a-z][^`]*)`|^(?:    | *\$ )?(had [a-z]+(?: .*)?)$", re.M)


def sessions(text):
    """Commands with the lines that are expected of them, the exit status and the line of the page."""
    for piece in PIECE.finditer(text):
        line = text.count("\n", 0, piece.start()) + 1
        if piece["hidden"]:
            yield line, piece["hidden"], None, 0
            continue
        command = None
        for offset, row in enumerate(piece["block"].splitlines(), 1):
            if row.lstrip().startswith("$ "):
                if command:
                    yield command
                status = re.search(r" # exit status (\d)$", row)
                words = row.lstrip()[2:] if not status else row.lstrip()[2:status.start() - len(row)]
                command = (line + offset, words, [], int(status[1]) if status else 0)
            elif command:
                command[2].append(row)
            else:
                yield line + offset, None, None, 0  # output of nothing
        if command:
            yield command


def matches(expected, output):
    """Nothing, or the first expected line that does not follow."""
    rows, at, skip = output.splitlines(), 0, not expected
    for want in expected:
        if want.strip() == "…":
            skip = True
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in want.strip().split("…")) + r"\s*$")
        while at < len(rows) and not pattern.match(rows[at].strip()):
            if not skip:
                return want
            at += 1
        if at == len(rows):
            return want
        at, skip = at + 1, False
    return None if skip or at == len(rows) else f"(no more) but there is: {rows[at]}"


def run_page(text, env, root):
    wrong, count = [], 0
    lasting = WITH_STAND_IN in text
    with tempfile.TemporaryDirectory(prefix="had-docs-") as folder:
        shutil.copytree(root / "examples", pathlib.Path(folder) / "examples")
        here = folder
        if lasting:
            (pathlib.Path(folder) / "tests").symlink_to(root / "tests")
        for line, command, expected, status in sessions(text):
            if command is None:
                wrong.append((line, "output without a command"))
                continue
            count += expected is not None
            keep = 'export -p >"$HERE.env"\n' if lasting else ""
            begin = '[ -f "$HERE.env" ] && . "$HERE.env"\n' if lasting else ""
            script = f'{begin}{command}\nstatus=$?\npwd >"$HERE"\n{keep}exit $status\n'
            done = subprocess.run(["bash", "-c", script], cwd=here, capture_output=True, timeout=120, check=False, env={**env, "HERE": f"{folder}/.here"})
            here = (pathlib.Path(folder) / ".here").read_text().strip()
            output = done.stdout.decode() + done.stderr.decode()
            if done.returncode != status:
                wrong.append((line, f"{command}: exit status {done.returncode}\n{output}"))
            missing = matches(expected, output) if expected is not None else None
            if missing is not None:
                wrong.append((line, f"{command}: expected: {missing}\ngot:\n{output}"))
        ended = pathlib.Path(folder) / ".stand-in"
        if ended.exists():  # also where the page did not come to its end
            subprocess.run(["kill", ended.read_text().strip()], capture_output=True, check=False)
    return count, wrong


def known(program):
    """Options by command."""
    text = subprocess.run([program, "--help"], capture_output=True, check=True).stdout.decode()
    out = {}
    for command in re.findall(r"^  (\S+)  ", text, re.M):
        page = subprocess.run([program, command, "--help"], capture_output=True, check=True).stdout.decode()
        out[command] = set(re.findall(r"(?<![\w-])(--?[a-zA-Z][a-z-]*)", page))
    return out


def unknown_words(text, commands):
    for match in LINE.finditer(text):
        words = (match[1] or match[2]).split()
        if words[1] not in commands:
            if match[1] or text[match.start():].startswith("    "):
                yield text.count("\n", 0, match.start()) + 1, f"there is no command `had {words[1]}`"
            continue
        for word in words[2:]:
            option = re.match(r"--?[a-zA-Z][a-z-]*", word)
            if option and option[0] not in commands[words[1]]:
                yield text.count("\n", 0, match.start()) + 1, f"`had {words[1]}` takes no {option[0]}"


def main():
    program, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    # The test must be able to fail.
    assert matches(["a", "…", "c"], "a\nb\nc\n") is None
    assert matches(["a…z"], "abcz\n") is None
    assert matches(["a"], "a\nb\n") and matches(["b"], "a\nb\n") and matches(["a", "…", "c"], "a\nb\n")
    env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "HAD_STDLIB": str(root / "stdlib"), "NO_COLOR": "1",
           "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8"}
    commands = known(program)
    assert list(unknown_words("`had chekc`, `had check --fromat json`", commands))
    pages = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md")), *sorted((root / "examples").glob("*/README.md"))]
    stand_in = "--stand-in" in sys.argv[3:]
    if stand_in and subprocess.run([root / "tests/aws/standin", "--help"], capture_output=True, check=False).returncode:
        print("skipped: the packages of tests/aws/requirements.txt are not installed")
        return 77
    count = failed = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if stand_in != (WITH_STAND_IN in text):
            continue
        ran, wrong = run_page(text, env, root)
        count += ran
        guide = page.parent != root / "docs" and "reference" not in page.parts
        for line, what in [*wrong, *(unknown_words(text, commands) if guide else [])]:
            failed += 1
            print(f"{page.relative_to(root)}:{line}: {what.rstrip()}\n")
    print(f"{count} commands in {len(pages)} pages, {failed} wrong")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
