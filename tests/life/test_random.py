"""test_random.py LIVES HAD [--count N] [--seed N]: random specs live in the model of AWS.

Each is applied, found as it is, meddled with, mended, edited, applied, destroyed; LIVES looks on. Thirty by default,
two hundred with HAD_LONG=1.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import random_specs  # noqa: E402

# A Region's hubs are peered, which the model does not know.
TRAITS = tuple(trait for trait in random_specs.TRAITS if trait not in ("regions",))
BLOCK = re.compile(r"^(?!had |import |spec |existing |region |##|\s|})(?:[a-z-]+)[^\n]*\{(?:[^\n]*\}\n|\n(?:.*\n)*?\}\n)", re.M)
TRIES = 12


def without_block(text, chance):
    blocks = list(BLOCK.finditer(text))
    if not blocks:
        return text
    block = chance.choice(blocks)
    return text[: block.start()] + text[block.end() :]


def other_name(text, chance):
    names = re.findall(r"^(spoke|segment|resolver|link) ([a-z][a-z0-9-]*) ", text, re.M)
    if not names:
        return text
    _, name = chance.choice(names)
    return re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", f"{name}x", text)


def other_owner(text, chance):
    return re.sub(r'owner = "[^"]*"', f'owner = "team-{chance.randrange(100, 999)}@example.com"', text, count=1)


EDITS = (without_block, without_block, other_name, other_owner)


def compiles(had, path):
    return subprocess.run([had, "check", "--quiet", path], capture_output=True, check=False).returncode == 0


def edited(had, text, path, chance):
    """Writes the text with an edit that leaves it valid; the edit's name."""
    for _ in range(TRIES):
        edit = chance.choice(EDITS)
        changed = edit(text, chance)
        path.write_text(changed)
        if changed != text and compiles(had, path):
            return edit.__name__
    path.write_text(other_owner(text, chance))
    return "other_owner"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lives")
    parser.add_argument("had")
    parser.add_argument("--count", type=int, default=200 if os.environ.get("HAD_LONG") else 30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin, sums, edits, unknown, wrong = time.time(), *(collections.Counter() for _ in range(3)), []
    with tempfile.TemporaryDirectory(prefix="had-lives-") as folder:
        folder = os.environ.get("HAD_KEEP", folder)
        for seed in range(options.seed, options.seed + options.count):
            chance = random.Random(seed)
            first, second = pathlib.Path(folder, f"{seed}.had"), pathlib.Path(folder, f"{seed}b.had")
            text = random_specs.spec(seed, TRAITS).text
            first.write_text(text)
            edit = edited(options.had, text, second, chance)
            done = subprocess.run([options.lives, str(seed), first, second], capture_output=True, text=True, check=False)
            if "had.NotModelled" in done.stderr:
                unknown.update(re.findall(r"had.NotModelled: ([\w.-]+)", done.stderr))
                continue
            if done.returncode:
                wrong.append(seed)
                print(f"seed {seed} ({edit}): {done.returncode} {done.stderr[:3000]}")
                continue
            told = json.loads(done.stdout)
            edits[edit] += 1
            sums["meddled"] += told.pop("meddled") != "nothing"
            sums.update(told)
    lived = sum(edits.values())
    if unknown:
        print(f"not looked at, for what the model does not know: {dict(unknown)}")
    print(f"{lived} of {options.count} lives; {dict(sums)}; edits {dict(edits)}; {time.time() - begin:.0f} s")
    if lived < options.count // 3 or sums["meddled"] < lived // 2 or sums["edits"] < lived:
        sys.exit("hardly anything was lived through, meddled with or edited")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
