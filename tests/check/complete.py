#!/usr/bin/env python3
"""Every rule of the catalog is built or listed with a reason: complete.py ROOT

Each rule stands either in compiler/check/rules.def or on docs/rules/undecided.md, never in both and never in
neither; what stands there is in the catalog, with the catalog's statement.
"""
import os
import re
import sys


# What code asks of the tables of facts by name, and where the name stands.
ASKED = ((r'had_fact_limit\(\s*"([^"]+)"', "limits", "name"), (r'had_fact_name_(?:max|find)\(\s*"([^"]+)"', "name_rules", "object"),
         (r'had_fact_word\(\s*"([^"]+)"', "lists", "list"), (r'had_index_facts\(\s*check,\s*"([^"]+)"', "lists", "list"),
         (r'had_fact_ranges_hold\(\s*check,\s*"([^"]+)"', "lists", "list"),
         (r'had_fact_quota_value\(\s*"([^"]+)"', "quota_names", "words"), (r'had_query_limit\(\s*check,\s*"([^"]+)"', "quota_names", "words"))


def missing_facts(root, read):
    """A name that no table has would be a number of -1, or an empty list: a rule that never speaks."""
    wrong, asked, rules = [], {}, ""
    for at, _, files in os.walk(os.path.join(root, "compiler/check")):
        for name in sorted(files):
            if name.endswith(".c"):
                text = read(os.path.join(at, name)).replace("\\\\", "\\")
                rules += text
                for pattern, table, column in ASKED:
                    for word in re.findall(pattern, text):
                        asked.setdefault((table, column), {})[word] = name
    for (table, column), words in asked.items():
        lines = read(f"compiler/schema/facts/{table}.tsv").splitlines()
        at = lines[0].split("\t").index(column)
        there = {line.split("\t")[at] for line in lines[1:]}
        wrong += [f"{file} asks for `{word}`, which {table}.tsv does not have" for word, file in words.items() if word not in there]
        if table in ("limits", "lists"):
            wrong += [f"nothing asks for `{word}` of {table}.tsv" for word in sorted(there) if f'"{word}"' not in rules]
    return wrong


def missing_cases(root, read, built):
    """A rule has a case in which it is found, one in which it is nearly, and its part of a page with statement and reason."""
    wrong, here = [], os.path.join(root, "tests/check")
    folders = {name for name in os.listdir(here) if re.fullmatch("[A-Z]+[0-9]+", name)}
    wrong += [f"tests/check/{name} is of no rule that is built" for name in sorted(folders - set(built))]
    for rule in built:
        cases = os.listdir(os.path.join(here, rule)) if rule in folders else []
        wrong += [f"{rule} has no case {kind}*" for kind in ("fires", "silent") if not any(c.startswith(kind) for c in cases)]
        page = read(f"docs/reference/rules/{re.match('[A-Z]+', rule)[0]}.md")
        part = re.search(rf'<a id="{rule.lower()}"></a>\n(.*?)(?=<a id=|\Z)', page, re.S)
        wrong += [f"{rule} has no {what} on its page" for what in ("**Rule.**", "**Why.**", "**What to do.**", "Source: ", "Cost: O(")
                  if not part or what not in part[1]]
    return wrong


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
    wrong += missing_facts(root, read)
    wrong += missing_cases(root, read, built)
    groups = {group for group, _ in catalog.values()}
    print("\n".join(wrong + [f"{len(catalog)} rules of {len(groups)} groups: {len(built)} built, "
                              f"{len(listed)} listed, {len(wrong)} findings"]))
    sys.exit(1 if wrong or not catalog else 0)


main()
