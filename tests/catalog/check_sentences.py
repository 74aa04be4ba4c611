"""Every sentence that a finding of the language can say is shown by a golden file: check_sentences.py ROOT.

A sentence is a string with a space in it: in the front end every one, behind it what is given to a function that adds to a
finding. What printf puts into it may be anything. Messages, helps, notes, labels and titles of fixes must be the whole of
what a golden file shows; a part of a sentence may stand anywhere in one. What only inputs too large for a golden file bring
about, or graphs that no spec gives, a test names whole, in quotes.
"""
import pathlib
import re
import sys

# Sentences that no input can bring about, or none that a test may give, each with the reason.
EXCEPT = {
    "statements and expressions": "brackets and operators are bounded before the parser's stack can be full",
}

# Every string with two words in these files is said to the user.
FRONT = ["compiler/source/*.c", "compiler/diag/files.c", "compiler/syntax/*.c", "compiler/schema/literal.c",
         "compiler/schema/literals/*.c", "compiler/schema/type.c", "compiler/sema/*.c", "compiler/format/*.c",
         "compiler/driver/*.c"]
TABLES = {"compiler/sema/functions.c"}  # of them only what findings are given: the rest is documentation
# In these, what findings of the language are given.
BEHIND = ["compiler/check/waive.c", "compiler/check/check.c", "compiler/lower/*.c"]
WHOLE = {"had_report": "message", "sema_report": "message", "REPORT": "message", "had_refuse": "message",
         "had_diag_help": "help", "had_refuse_help": "help", "had_diag_note": "note", "had_diag_label": "label",
         "had_diag_fix": "fix"}
NAMES = {"had_fact_quota_value"}  # what these are given is a name of a table
TESTS = ["tests/unit/**/*.c", "tests/cli/*.py"]

TOKEN = re.compile(r"""/\*.*?\*/|//[^\n]*|^[ \t]*\#[^\n]*(?:\\\n[^\n]*)*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\]|\\.)*'|\w+|[(){};]|[^\s\w]""",
                   re.S | re.M)
HOLE = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z)?([diouxXcsp%])")
MACROS = {"HAD_FMT": "%.*s", "PRIu64": "llu", "PRId64": "lld", "PRIu32": "u", "PRId32": "d"}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\", "'": "'"}


def unescape(text):
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), text)
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), text)


def strings(source):
    """Strings of a C file, adjacent ones joined: (line, function whose argument it is, whether the first there, text)."""
    found, calls, word, chain, at = [], [], "", None, 0
    for match in TOKEN.finditer(source):
        token = match[0]
        if token.startswith(("/*", "//")) or token.lstrip().startswith("#"):
            continue
        piece = unescape(token[1:-1]) if token[0] == '"' else MACROS.get(token)
        if piece is not None:
            if chain is None:
                chain, at = "", match.start()
            chain += piece
            continue
        if chain is not None:
            call = next((c for c in reversed(calls) if c[0]), ["", 0])
            call[1] += 1
            found.append((source.count("\n", 0, at) + 1, call[0], call[1] == 1, chain))
            chain = None
        if token == "(":
            calls.append([word, 0])
        elif token == ")" and calls:
            calls.pop()
        word = token if re.match(r"\w+\Z", token) else ""
    return found


def pattern(text):
    """The sentence as a regular expression; None if it says nothing by itself."""
    if not re.search(r"[A-Za-z]", HOLE.sub("", text)) or " " not in text.strip():
        return None
    parts, last = [], 0
    for hole in HOLE.finditer(text):
        parts += [re.escape(text[last:hole.start()]), "%" if hole[1] == "%" else ".*"]
        last = hole.end()
    return "".join(parts) + re.escape(text[last:])


def shown(root):
    """What golden files show, by what it is."""
    said = {"message": [], "help": [], "note": [], "label": [], "fix": []}
    everything = []
    for path in sorted((root / "tests/golden").rglob("*.out")):
        text = path.read_text(errors="replace")
        everything.append(text)
        for line in text.splitlines():
            message = re.match(r"(?:error|warning|info)\[\w+\]: (.*)", line)
            beside = re.match(r" *= (\w+): +(.*)", line)
            if message:
                said["message"].append(message[1])
            elif beside:
                said.get("note" if beside[1] == "why" else beside[1], []).append(beside[2].removesuffix(" (`had check --fix` does it)"))
            elif re.match(r" *\d* ?\|", line):
                said["label"].append(line)
    return {kind: "\n".join(lines) for kind, lines in said.items()}, "\n".join(everything)


def named(root):
    """What tests expect: the strings in them."""
    texts = []
    for path in (p for glob in TESTS for p in root.glob(glob)):
        source = path.read_text(errors="replace")
        texts += ([text for *_, text in strings(source)] if path.suffix == ".c"
                  else [unescape(text) for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)])
    return "\n".join(texts)


def main():
    root = pathlib.Path(sys.argv[1])
    said, everything = shown(root)
    expected = named(root)
    problems, count, excepted = [], 0, set()
    for files, front in ((FRONT, True), (BEHIND, False)):
        for path in sorted(p for glob in files for p in root.glob(glob)):
            whole_file = front and str(path.relative_to(root)) not in TABLES
            for line, function, first, text in strings(path.read_text()):
                kind = WHOLE.get(function)
                regex = pattern(text)
                if regex is None or function in NAMES or not (kind or whole_file):
                    continue
                if kind == "label":
                    hit = re.search(rf"{regex}$", said[kind], re.M)
                elif kind:
                    hit = re.search(rf"^{regex}$", said[kind], re.M)
                else:
                    hit = None
                if not kind or not first:  # a part of a sentence, or the other one of two
                    hit = hit or re.search(regex, said[kind] if kind else everything)
                hit = hit or re.search(rf"^{regex}$" if kind and first else regex, expected, re.M)
                count += 1
                if hit:
                    continue
                if text in EXCEPT:
                    excepted.add(text)
                    continue
                problems.append(f"{path.relative_to(root)}:{line}: {function or 'table'}: no golden file says {text!r}")
    problems += [f"said by a golden file, or by nothing any more: {text!r}" for text in sorted(set(EXCEPT) - excepted)]
    print("\n".join(problems) or f"{count} sentences, each in a golden file; {len(EXCEPT)} exceptions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
