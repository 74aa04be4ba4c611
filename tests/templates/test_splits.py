#!/usr/bin/env python3
"""Templates are shared out before any limit of CloudFormation, and a newcomer moves nothing between them.

    test_splits.py HAD

One large organization (tests/bench/make_spec.py): some hundred accounts whose attachments meet in one routing
layer; one assignment on all of them; policies whose text alone is more than a template holds.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
ACCOUNTS = 420
POLICIES = 130
LIMITS = {"Resources": 500, "Parameters": 200, "Outputs": 200}
PEOPLE = """had 1

identity-center sso in account shared-services at region eu-west-1 {
  instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  source   = directory aws-0
  mfa      = always
}
permission-set auditor { policies = ["SecurityAudit"], session = 4h }
assign auditor to group 'AWS0\\Auditors' on every account except account management
"""


def policies(folder):
    """Documents near the size that IAM takes, each another."""
    lines = []
    (folder / "policies").mkdir()
    for number in range(POLICIES):
        statements = [{"Sid": f"S{n}", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
                       "Resource": [f"arn:aws:s3:::bucket-{number}-{n}-{part}" for part in range(4)]} for n in range(24)]
        document = {"Version": "2012-10-17", "Statement": statements}
        assert len(json.dumps(document, separators=(",", ":"))) < 6144
        (folder / f"policies/{number}.json").write_text(json.dumps(document, indent=1), "utf-8")
        lines.append(f'policy data-{number} on account shared-services {{ document = file("policies/{number}.json") }}')
    return "\n".join(lines) + "\n"


def make(folder, accounts):
    subprocess.run([sys.executable, str(templates.ROOT / "tests/bench/make_spec.py"), str(accounts), str(folder)], check=True)
    (folder / "people.had").write_text(PEOPLE + policies(folder), "utf-8")


class Splits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        cls.outs = []
        for accounts in (ACCOUNTS, ACCOUNTS + 1):
            make(root / f"spec-{accounts}", accounts)
            cls.outs.append(templates.build(PROGRAM, root / f"spec-{accounts}", root / f"out-{accounts}", "--json", "--fail-on", "error"))
        cls.steps = [[s for s in templates.manifest(out) if s["kind"] == "stack" and "resources" in s] for out in cls.outs]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def names(self, number, pattern):
        return [s["id"] for s in self.steps[number] if re.fullmatch(pattern, s["id"])]

    def test_no_template_beyond_a_limit(self):
        for number, out in enumerate(self.outs):
            for step in self.steps[number]:
                text = (out / step["template"]).read_text("utf-8")
                template = json.loads(text)
                for section, most in LIMITS.items():
                    self.assertLessEqual(len(template.get(section, ())), most, step["id"])
                self.assertLessEqual(len(text.encode()), 1000000, step["id"])

    def test_many_objects_are_shared_out(self):
        self.assertGreater(len(self.names(0, r"network/eu-west-1/routing-[ab]+")), 2)
        self.assertFalse(self.names(0, r"network/eu-west-1/routing"))

    def test_assignments_are_shared_out(self):
        assignments = {}
        for step in self.steps[0]:
            for address in step["resources"].values():
                if re.match(r"assign auditor/.*:assignment$", address):
                    assignments.setdefault(step["id"], []).append(address)
        self.assertGreater(len(assignments), 1)
        self.assertEqual(sum(map(len, assignments.values())), ACCOUNTS + 2)

    def test_bytes_are_shared_out(self):
        held = {}
        for step in self.steps[0]:
            count = sum(address.startswith("policy data-") for address in step["resources"].values())
            if count:
                held[step["id"]] = count
        self.assertEqual(sum(held.values()), POLICIES)
        self.assertGreater(len(held), 1)

    def test_every_address_is_made_once(self):
        seen = [address for step in self.steps[0] for address in step["resources"].values()]
        self.assertEqual(len(seen), len(set(seen)))

    def test_a_newcomer_moves_nothing(self):
        where = [{address: step["id"] for step in steps for address in step["resources"].values()} for steps in self.steps]
        moved = {address: (stack, where[1].get(address)) for address, stack in where[0].items() if where[1].get(address) != stack}
        self.assertEqual(moved, {})
        touched = {where[1][address] for address in set(where[1]) - set(where[0])}
        last = f"w{ACCOUNTS:05d}"
        shared = [stack for stack in touched if not stack.startswith(last)]
        self.assertLessEqual(len(shared), 4, shared)  # its routes at the hub, its zone of names, its assignment
        one, two = self.outs
        changed = sorted(p.relative_to(two).as_posix() for p in two.rglob("*.json")
                         if p.parent.name != last and "cloudformation" in p.parts and last not in p.parts
                         and (not (one / p.relative_to(two)).exists() or (one / p.relative_to(two)).read_bytes() != p.read_bytes()))
        self.assertLessEqual(len(changed), 6, changed)

    def test_members_share_one_role(self):
        rows = templates.accounts(self.outs[0])
        self.assertEqual(len({row["template"] for name, row in rows.items() if name.startswith("w0")}), 1)
        self.assertEqual(sorted(p.name for p in (self.outs[0] / "bootstrap").iterdir()), sorted(p.name for p in (self.outs[1] / "bootstrap").iterdir()))


class Waits(unittest.TestCase):
    """More steps than the compiler looks at in one go: a wait that follows from another one hides what matters."""

    def test_no_wait_follows_from_others(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            subprocess.run([sys.executable, str(templates.ROOT / "tests/bench/make_spec.py"), "600", str(root / "spec")], check=True)
            steps = templates.manifest(templates.build(PROGRAM, root / "spec", root / "out", "--fail-on", "error"))
        self.assertGreater(len(steps), 1024)
        number = {step["id"]: i for i, step in enumerate(steps)}
        before = []  # for each step, as bits: all that comes before it
        for step in steps:
            waits = [number[wait] for wait in step["waitsFor"]]
            implied = 0
            for wait in waits:
                implied |= before[wait]
            self.assertEqual([], [steps[wait]["id"] for wait in waits if implied >> wait & 1], step["id"])
            before.append(implied | sum(1 << wait for wait in waits))
        last = max(range(len(steps)), key=lambda i: before[i].bit_count())
        self.assertGreater(before[last].bit_count(), 50)  # and what has to wait still does


if __name__ == "__main__":
    unittest.main()
