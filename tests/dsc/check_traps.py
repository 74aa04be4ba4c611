#!/usr/bin/env python3
"""check_traps.py: the table of traps and the tests name each other."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITES = {"corpus", "reader", "random", "examples", "lower"}


def main():
    rows = [line for line in (ROOT / "docs" / "dsc.md").read_text("utf-8").splitlines()
            if line.startswith("| ") and not line.startswith(("| trap", "| ---"))]
    told = [re.findall(r"`([a-z_]+)`", row.rsplit("|", 2)[1]) for row in rows]
    tests = set(re.findall(r"cmocka_unit_test\((\w+)\)",
                           (ROOT / "tests" / "unit" / "emit_dsc" / "test_traps.c").read_text("utf-8")))
    named = {name for names in told for name in names}
    problems = [f"no test: {row}" for row, names in zip(rows, told) if not names]
    problems += [f"{name} is no test" for name in sorted(named - tests - SUITES)]
    problems += [f"the trap {name} is not in docs/dsc.md" for name in sorted(tests - named)]
    print(*problems, f"{len(rows)} traps, {len(tests)} tests of their own", sep="\n")
    return 1 if problems or len(rows) < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
