#!/usr/bin/env python3
"""`had build --cross-stack output` says the same as the parameters that the manifest binds.

    test_cross_stack.py HAD
"""
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
ROLE = re.compile(r"^arn:aws:iam::(\d{12}):role/(.+)$")


class Meaning:
    """The values of a template's resources, with what comes from other stacks as ACCOUNT/REGION/STACK.OUTPUT."""

    def __init__(self, step, steps):
        self.step = step
        self.ids = {(s["account"]["id"], s["region"], s["stackName"]): s["id"].split("@")[0] for s in steps}
        self.read = []

    def text(self, value):
        return value if isinstance(value, str) else json.dumps(value, sort_keys=True)

    def of(self, value):
        if isinstance(value, list):
            return [self.of(v) for v in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"} and value["Ref"] in self.step["parameters"]:
            binding = self.step["parameters"][value["Ref"]]
            return binding["from"] if "from" in binding else {"given": binding}
        if set(value) == {"Fn::GetStackOutput"}:
            arguments = value["Fn::GetStackOutput"]
            role = ROLE.match(arguments["RoleArn"]) if "RoleArn" in arguments else None
            key = (role[1] if role else self.step["account"]["id"], arguments.get("Region", self.step["region"]), arguments["StackName"])
            self.read.append((key, arguments["OutputName"], role))
            return f'{self.ids[key]}.{arguments["OutputName"]}'
        if set(value) == {"Fn::Join"} and value["Fn::Join"][0] == "":
            return "".join(self.text(self.of(v)) for v in value["Fn::Join"][1])
        if set(value) == {"Fn::Sub"}:
            return re.sub(r"\$\{([^}]+)\}", lambda m: self.text(self.of({"Ref": m[1]} if "." not in m[1] else {"Fn::GetAtt": m[1].split(".", 1)})),
                          value["Fn::Sub"])
        return {k: self.of(v) for k, v in value.items()}


class CrossStack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.outs = {}
        for name in ("acme", "multi-region", "shared-subnets"):
            for how in ("parameter", "output"):
                cls.outs[name, how] = templates.build(PROGRAM, templates.ROOT / "examples" / name,
                                                      pathlib.Path(cls.folder.name, f"{name}-{how}"), "--json", "--cross-stack", how)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def each(self):
        for (name, how), out in self.outs.items():
            if how != "output":
                continue
            other = self.outs[name, "parameter"]
            before = {s["id"]: s for s in templates.manifest(other) if s["kind"] == "stack"}
            after = [s for s in templates.manifest(out) if s["kind"] == "stack"]
            self.assertEqual(list(before), [s["id"] for s in after], name)  # the order does not change
            for step in after:
                yield name, out, other, before[step["id"]], step

    def test_both_mean_the_same(self):
        functions = 0
        for name, out, other, one, two in self.each():
            steps = [s for s in templates.manifest(out) if s["kind"] == "stack"]
            a, b = Meaning(one, steps), Meaning(two, steps)
            left, right = (m.of(templates.load(folder / s["template"])["Resources"]) for m, folder, s in ((a, other, one), (b, out, two)))
            self.assertEqual(left, right, f'{name}: {two["id"]}')
            functions += len(b.read)
            self.assertEqual(a.read, [])
        self.assertGreater(functions, 100)

    def test_outputs_and_roles_are_there(self):
        for name, out, _, _, step in self.each():
            steps = [s for s in templates.manifest(out) if s["kind"] == "stack"]
            meaning = Meaning(step, steps)
            meaning.of(templates.load(out / step["template"])["Resources"])
            rows = templates.accounts(out)
            by_id = {row["id"]: row for row in rows.values()}
            for key, output, role in meaning.read:
                producer = next(s for s in steps if s["id"] == meaning.ids[key])
                self.assertIn(output, templates.load(out / producer["template"])["Outputs"], step["id"])
                self.assertLess(steps.index(producer), steps.index(step))
                self.assertEqual(role is None, key[0] == step["account"]["id"])
                if not role:
                    continue
                there = templates.load(out / "bootstrap" / by_id[key[0]]["template"])["Resources"]["OutputsRole"]["Properties"]
                here = templates.load(out / "bootstrap" / by_id[step["account"]["id"]]["template"])
                self.assertEqual(there["RoleName"], role[2])
                self.assertIn(f'{step["account"]["id"]}:role/{here["Resources"]["StacksRole"]["Properties"]["RoleName"]}', json.dumps(there))
                arn = f"arn:aws:iam::{key[0]}:role/{role[2]}"
                self.assertTrue(templates.allows(templates.granted(here, "StacksRole"), "sts:AssumeRole", arn), f"{name}: {arn}")

    def test_parameters_that_stay(self):
        for name, _, _, _, step in self.each():
            for parameter, binding in step["parameters"].items():
                if "from" in binding and not step["id"].split("@")[0].endswith("-glue") and "changes" not in step:
                    # lists, and what changes while the foundation is built
                    self.assertRegex(parameter, r"(Addresses|Ids|TargetIps\d+Ip|Ip)$", f'{name}: {step["id"]}')

    def test_a_default_build_has_none(self):
        out = self.outs["acme", "parameter"]
        for path in out.rglob("*.json"):
            self.assertNotIn("GetStackOutput", path.read_text("utf-8"))
        for row in templates.accounts(out).values():
            self.assertNotIn("OutputsRole", templates.load(out / "bootstrap" / row["template"])["Resources"])


if __name__ == "__main__":
    unittest.main()
