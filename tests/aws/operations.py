"""Writes docs/stand-in-operations.md, or with --check says whether it is current."""

import json
import sys

from common import ROOT

import yaml
from stand_in import base, wire
from stand_in.registry import OPERATIONS, PAGES
from stand_in.services import load

PAGE = ROOT / "docs" / "stand-in-operations.md"
# The AWS client knows these of `had aws`; the stand-in takes the portal and its tokens from nobody: they are unsigned and
# the credentials' tests have a peer of their own.
NOT_HERE = {"sso", "sso-oidc", "signin"}


def known_to_client():
    """service → operations of runtime/aws/models"""
    found = {}
    for path in sorted((ROOT / "runtime" / "aws" / "models").glob("*.json")):
        model = json.loads(path.read_text(encoding="utf-8"))
        if "operations" in model:
            found[model["service"]] = sorted(model["operations"])
    return found


ACTS = ("make", "list", "get", "drop", "change", "elements", "amount", "tags", "tag", "untag")
SAID = {"elements": "elements of", "amount": "as many", "tags": "tags of", "untag": "untag"}


def acts_of(row):
    """What a row of the model does, in order: its acts and the kinds that they are about."""
    found = []
    for key, value in row.items():
        if key in ACTS:
            text = f"{SAID.get(key, key)} {value}" if not str(value).startswith("$") else f"{SAID.get(key, key)} any"
            found.append(text)
        elif key in ("steps", "first", "cases"):
            found += [text for part in value for text in acts_of(part)]
    return list(dict.fromkeys(found))


def model_rows():
    """(service, operation) → what the model in the process does."""
    found = {}
    for path in sorted((ROOT / "runtime" / "sim" / "aws").glob("*.yaml")):
        for name, row in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not name.startswith(("type.", "_")):
                service, operation = name.split(".")
                found[service, operation] = ", ".join(acts_of(row)) or "says always the same"
    return found


def page():
    load()
    wanted, model = known_to_client(), model_rows()
    lines = [
        "# Operations of the stand-in",
        "",
        "Written by `python tests/aws/operations.py` from the table of operations; a test holds it current. [The stand-in](stand-in.md)",
        "tells how to use it. *Own*: answered from plain dictionaries, by the page of AWS that the name links to. *moto*: answered by moto",
        "as it is, behind the same checks, accounts, faults and log. *None*: the client knows it, the stand-in refuses it.",
        "The last column is what the [model in the process](../runtime/sim/aws/README.md) does, which has all that a driver calls.",
        "",
    ]
    rows = {}
    for (service, name), entry in OPERATIONS.items():
        rows.setdefault(service, {})[name] = ("own", entry.does, entry.source)
    for service in sorted(base.MODULES):
        for name in wanted.get(service, []):
            by = "moto" if base.has(service, name) else "none"
            rows.setdefault(service, {}).setdefault(name, (by, "", PAGES[service].format(name)))
    total = sum(map(len, rows.values()))
    count = {by: sum(r[0] == by for s in rows.values() for r in s.values()) for by in ("own", "moto", "none")}
    lines += [f"{total} operations of {len(rows)} services: {count['own']} own, {count['moto']} by moto, {count['none']} that it does not have; the model has {len(model)}.", ""]
    for service in sorted(rows):
        lines += [f"## {service}", "", "| operation | by | what it does | the model |", "| --- | --- | --- | --- |"]
        for name, (by, does, source) in sorted(rows[service].items()):
            text = does.rstrip(".").replace("|", "\\|")
            text = text[:1].lower() + text[1:] if text[1:2].islower() else text
            lines.append(f"| [{name}]({source}) | {by} | {text} | {model.get((service, name), '')} |")
        lines.append("")
    return "\n".join(lines)


def missing():
    load()
    return [f"{service} {name}" for service, names in known_to_client().items() if service not in NOT_HERE | set(base.MODULES)
            for name in names if (service, name) not in OPERATIONS]  # fmt: skip


def main():
    text = page()
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != text:
        print("docs/stand-in-operations.md is not current: run python tests/aws/operations.py")
        return 1
    absent = missing()
    if absent:
        print(f"operations that the client knows and the stand-in does not: {', '.join(absent)}")
        return 1
    for service, name in OPERATIONS:
        if name not in wire.model(service).operation_names:
            print(f"{service} has no operation {name} in its model")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
