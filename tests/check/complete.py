#!/usr/bin/env python3
"""Every rule of the catalog is built or listed with a reason: complete.py ROOT

Each rule stands either in compiler/check/rules.def or on docs/rules/undecided.md, never in both and never in
neither; what stands there is in the catalog, with the catalog's statement.
"""
import os
import re
import sys


def main():
    root = sys.argv[1]

    def read(path):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()

    rows = [line.split("\t") for line in read("compiler/schema/facts/rules.tsv").splitlines()[1:]]
    catalog = {row[0]: (row[1], row[4]) for row in rows}
    built = re.findall(r"^RULE\((\w+)\)$", read("compiler/check/rules.def"), re.M)
    table = re.findall(r"^\| ([A-Z]+[0-9]+) \| (.*?) \| (.+) \|$", read("docs/rules/undecided.md"), re.M)
    listed = [row[0] for row in table]
    wrong = []
    for name, ids in (("rules.def", built), ("undecided.md", listed)):
        wrong += [f"{i} stands twice in {name}" for i in sorted(set(ids)) if ids.count(i) > 1]
        wrong += [f"{i} of {name} is not in the catalog" for i in sorted(set(ids)) if i not in catalog]
    for i, statement, reason in table:
        if i in catalog and catalog[i][1].replace("|", "/") != statement:
            wrong.append(f"{i}: the statement on undecided.md is not the catalog's")
        if not reason.strip():
            wrong.append(f"{i} has no reason on undecided.md")
    wrong += [f"{i} is built and listed as undecided" for i in sorted(set(built) & set(listed))]
    for i, (_, statement) in catalog.items():
        if i not in built and i not in listed:
            wrong.append(f"{i} is neither built nor on undecided.md: {statement}")
    groups = {group for group, _ in catalog.values()}
    print("\n".join(wrong + [f"{len(catalog)} rules of {len(groups)} groups: {len(built)} built, "
                              f"{len(listed)} listed, {len(wrong)} findings"]))
    sys.exit(1 if wrong or not catalog else 0)


main()
