#!/usr/bin/env python3
"""docs/validators.md explains what explained.tsv lets pass: the same rows with the same words.

    check_explained.py ROOT
"""
import pathlib
import sys


def rows_of_list(path):
    rows = []
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            rows.append(tuple(line.split("\t")))
    return rows


def rows_of_page(path):
    rows = []
    for line in path.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `c") and len(cells) == 4:
            rows.append((cells[0].strip("`"), cells[1], cells[2].strip("`"), cells[3]))
    return rows


def main(root):
    listed = rows_of_list(root / "tests/validators/explained.tsv")
    page = rows_of_page(root / "docs/validators.md")
    faults = [f"only in the list: {row}" for row in listed if row not in page]
    faults += [f"only on the page: {row}" for row in page if row not in listed]
    faults += [f"not four cells: {row}" for row in listed if len(row) != 4 or not all(row)]
    faults += [f"twice: {row}" for row in listed if [other[:3] for other in listed].count(row[:3]) > 1]
    print("\n".join(faults) or f"{len(listed)} rows")
    return 1 if faults or not listed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
