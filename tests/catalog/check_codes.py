"""Every code of the language is triggered by a test, and every code that a test expects exists: check_codes.py ROOT.

A code counts where a golden file shows a finding with it, or where a unit test or a test of the command line, of hostile
input or of rules names it as what it expects.
"""
import pathlib
import re
import sys

# Codes that no input can trigger, each with the reason.
EXCEPT = {
    "HAD0901": "the graph is proved before it is used; only a fault of the compiler gives it, and unit tests of the graph "
               "build such graphs by hand",
    "HAD0803": "no kind lowers to a choice that a parameter cannot carry; it guards the templates against one that would",
}
SHOWN = re.compile(r"(?:error|warning|info)(?:\[|\s)(HAD\d{4})\b")
NAMED = re.compile(r"\b(HAD\d{4})\b")
EXPECTING = ["unit/**/*.c", "unit/**/*.had", "cli/*.py", "forms/*.py", "check/**/*.had", "check/mutations/**/*", "prove/**/*.had",
             "direct/*.py", "dsc/*.py", "templates/*.py"]
ONLY_IN_TESTS = {"HAD9998", "HAD9999"}  # of the unit tests of findings


def main():
    root = pathlib.Path(sys.argv[1])
    catalog = (root / "compiler/diag/catalog.def").read_text()
    codes = {"HAD" + number for number in re.findall(r"^D\((\d{4}),", catalog, re.M)}
    triggered, named = set(), {}
    for path in (root / "tests/golden").rglob("*.out"):
        triggered |= set(SHOWN.findall(path.read_text(errors="replace")))
    for pattern in EXPECTING:
        for path in (root / "tests").glob(pattern):
            if path.is_file():
                for code in NAMED.findall(path.read_text(errors="replace")):
                    named.setdefault(code, path)
    problems = [f"{code}: no test triggers it" for code in sorted(codes - triggered - set(named) - set(EXCEPT))]
    problems += [f"{code}: {path.relative_to(root)} expects it, and it is not in the catalog"
                 for code, path in sorted(named.items()) if code not in codes | ONLY_IN_TESTS]
    problems += [f"{code}: not in the catalog" for code in sorted(set(EXCEPT) - codes)]
    print("\n".join(problems) or f"{len(codes)} codes, each triggered by a test; {len(EXCEPT)} exceptions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
