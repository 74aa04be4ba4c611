"""What several tests of the templates need: building a spec, and what an IAM policy allows."""
import csv
import fnmatch
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY = "2026-11-24"  # waivers expire by --as-of, never by the day of the test


def build(program, spec, out, *options):
    done = subprocess.run([program, "build", str(spec), "-q", "--as-of", DAY, "-o", str(out), *options],
                          capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "NO_COLOR": "1"})
    if done.returncode:
        raise AssertionError(f"build {spec}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return pathlib.Path(out)


def load(path):
    return json.loads(pathlib.Path(path).read_text("utf-8"))


def manifest(out):
    return load(out / "manifest.json")["steps"]


def accounts(out):
    with open(out / "bootstrap/accounts.csv", encoding="utf-8", newline="") as file:
        return {row["account"]: row for row in csv.DictReader(file)}


def listed(value):
    return value if isinstance(value, list) else [value]


def text_of(value):
    """A text of a template, with what stands in ${…} as a word."""
    if isinstance(value, dict):
        value = value.get("Fn::Sub", json.dumps(value))
    return value.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", "ACCOUNT")


def documents(template, role):
    """Policies that a role has, by name: its own, and the managed ones that are attached to it."""
    out = {}
    body = template["Resources"][role]["Properties"]
    for policy in body.get("Policies", []):
        policy = policy["Fn::If"][1] if "Fn::If" in policy else policy
        out[policy["PolicyName"]] = policy["PolicyDocument"]
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and f'"Ref": "{role}"' in json.dumps(resource["Properties"]["Roles"]):
            out[name] = resource["Properties"]["PolicyDocument"]
    return out


def statements(template, role):
    return [statement for document in documents(template, role).values() for statement in document["Statement"]]


def granted(template, role):
    """{action: resources}"""
    out = {}
    for statement in statements(template, role):
        for action in listed(statement["Action"]):
            out.setdefault(action, set()).update(text_of(r) for r in listed(statement["Resource"]))
    return out


def allows(grants, action, arn):
    return any(fnmatch.fnmatchcase(arn, pattern) for pattern in grants.get(action, ()))


def table():
    """Rows of the table of actions: (type, property or None, actions, unscoped, ends)."""
    text = (ROOT / "compiler/emit/bootstrap/actions.def").read_text("ascii")
    rows = []
    for line in re.findall(r"^ROW\((.*)\)$", text, re.M):
        cells = json.loads("[" + line.replace("NULL", "null") + "]")
        rows.append((cells[0], cells[1], *(set((cell or "").split()) for cell in cells[2:])))
    return rows
