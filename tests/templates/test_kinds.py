#!/usr/bin/env python3
"""The golden specs of all kinds as templates, in every mode: nothing is refused, and every name leads somewhere.

    test_kinds.py HAD
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
MODES = ((), ("--no-custom-resources",), ("--cross-stack", "output", "--deploy-script"), ("--places", "--phase", "foundation"))
SPECS = [p for p in sorted((templates.ROOT / "tests/golden/lower").iterdir()) if p.suffix == ".had" or (p / "main.had").exists()]
PSEUDO = {"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"}
INPUTS = re.compile(r"<[A-Za-z]+>")


def names_in(value):
    """Names that a template's tree leads to: (kind, name)."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            yield "any", value["Ref"]
        elif set(value) == {"Fn::GetAtt"}:
            got = value["Fn::GetAtt"]
            yield "resource", got[0] if isinstance(got, list) else got.split(".")[0]
        elif set(value) == {"Fn::Sub"}:
            for name in re.findall(r"\$\{([^}!]+)\}", value["Fn::Sub"]):
                yield ("resource" if "." in name else "any"), name.split(".")[0]
        elif set(value) == {"Fn::If"}:
            yield "condition", value["Fn::If"][0]
            yield from names_in(value["Fn::If"][1:])
        else:
            for key, item in value.items():
                if key == "DependsOn":
                    for name in templates.listed(item):
                        yield "resource", name
                elif key == "Condition" and isinstance(item, str):
                    yield "condition", item
                else:
                    yield from names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)


class Kinds(unittest.TestCase):
    def build(self, spec, out, *options):
        """None where the spec is wrong as a whole (some show what is told then); no back end may be the reason."""
        done = subprocess.run([PROGRAM, "build", str(spec), "-q", "--as-of", templates.DAY, "--json",
                               "-o", str(out), "--format", "short", *options], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "NO_COLOR": "1"})
        text = done.stdout + done.stderr
        self.assertNotRegex(text, r"error: HAD0(8|9)\d\d", f"{spec.name} {options}\n{text}")
        self.assertIn(done.returncode, (0, 1), text)
        return done.returncode == 0

    def test_all(self):
        built = set()
        with tempfile.TemporaryDirectory() as folder:
            for spec in SPECS:
                for number, mode in enumerate(MODES):
                    out = pathlib.Path(folder, spec.stem + str(number))
                    if not self.build(spec, out, *mode):
                        continue
                    built.add(spec.stem)
                    for path in out.rglob("*.json"):
                        template = templates.load(path)
                        if "AWSTemplateFormatVersion" in template:
                            self.whole(f"{spec.stem} {mode} {path.name}", template)
                    self.bound(f"{spec.stem} {mode}", out)
        self.assertGreater(len(built), 25, sorted(built))
        self.assertIn("endpoints", built)

    def whole(self, label, template):
        resources, parameters = template["Resources"], template.get("Parameters", {})
        conditions, used = template.get("Conditions", {}), set()
        for kind, name in names_in({k: template.get(k, {}) for k in ("Conditions", "Resources", "Outputs")}):
            used.add(name)
            there = {"resource": resources, "condition": conditions, "any": {**resources, **parameters, **dict.fromkeys(PSEUDO)}}[kind]
            self.assertIn(name, there, f"{label}: {kind}")
        self.assertEqual(set(parameters) - used, set(), f"{label}: parameters that nothing uses")
        self.assertEqual(set(resources) & set(parameters), set(), label)
        for name, resource in resources.items():
            self.assertEqual("DeletionPolicy" in resource, "UpdateReplacePolicy" in resource, f"{label}: {name}")

    def bound(self, label, out):
        """Every parameter of every step has a value, and every output that is read is there."""
        steps = [s for s in templates.manifest(out) if s["kind"] == "stack"]
        outputs = {s["id"]: templates.load(out / s["template"]).get("Outputs", {}) for s in steps}
        done = set()
        for step in steps:
            parameters = templates.load(out / step["template"]).get("Parameters", {})
            self.assertEqual(set(step["parameters"]), set(parameters), f'{label}: {step["id"]}')
            for name, binding in step["parameters"].items():
                if "from" in binding:
                    stack, _, output = binding["from"].rpartition(".")
                    self.assertIn(stack, done, f'{label}: {step["id"]}: {name}')
                    self.assertIn(output, outputs[stack], f'{label}: {step["id"]}: {name}')
                elif "lookup" in binding:
                    holes = set(INPUTS.findall(binding["lookup"]))
                    self.assertEqual(holes, {f"<{n}>" for n in binding.get("with", {})}, f'{label}: {binding["lookup"]}')
            done.add(step["id"])


if __name__ == "__main__":
    unittest.main()
