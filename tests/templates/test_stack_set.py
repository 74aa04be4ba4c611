#!/usr/bin/env python3
"""`had build --stack-set OU`: one template for the networks of all accounts of an ou, the same as theirs would be.

    test_stack_set.py HAD
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
ACCOUNTS = 12
SET = "management/eu-west-1/network-set-workloads"


def make(folder, accounts):
    subprocess.run([sys.executable, str(templates.ROOT / "tests/bench/make_spec.py"), str(accounts), str(folder), "1"], check=True)
    return folder


def meaning(value, names, values):
    """A property with addresses for logical ids, and values for parameters."""
    if isinstance(value, list):
        return [meaning(v, names, values) for v in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        name = value["Ref"]
        return values[name] if name in values else {"of": names.get(name, name)}
    if set(value) == {"Fn::GetAtt"}:
        got = value["Fn::GetAtt"]
        logical, attribute = got if isinstance(got, list) else got.split(".", 1)
        return {"of": names[logical], "attribute": attribute}
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]+)\}", lambda m: str(meaning({"Ref": m[1]}, names, values)), value["Fn::Sub"])
    out = {k: meaning(v, names, values) for k, v in value.items()}
    if "DependsOn" in value:
        out["DependsOn"] = sorted(names[name] for name in templates.listed(value["DependsOn"]))
    return out


class StackSet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        spec = make(root / "spec", ACCOUNTS)
        cls.plain = templates.build(PROGRAM, spec, root / "plain", "--json")
        cls.out = templates.build(PROGRAM, spec, root / "set", "--json", "--stack-set", "workloads", "--deploy-script")
        cls.more = templates.build(PROGRAM, make(root / "more", ACCOUNTS + 1), root / "more-set", "--json", "--stack-set", "workloads")
        cls.step = next(s for s in templates.manifest(cls.out) if s["id"] == SET)
        cls.outer = templates.load(cls.out / cls.step["template"])
        cls.inner = templates.load(cls.out / f"cloudformation/{SET}.accounts.json")
        cls.set = cls.outer["Resources"]["Networks"]["Properties"]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def groups(self):
        return {group["DeploymentTargets"]["Accounts"][0]: group for group in self.set["StackInstancesGroup"]}

    def test_each_account_gets_what_its_own_stack_had(self):
        compared = 0
        for step in templates.manifest(self.plain):
            if step["kind"] != "stack" or not re.fullmatch(r"w\d+/eu-west-1/network", step["id"]):
                continue
            number = step["account"]["id"]
            own = templates.load(self.plain / step["template"])["Resources"]
            mine = {key.split("/")[1]: address for key, address in self.step["resources"].items() if key.startswith(number + "/")}
            self.assertEqual(sorted(mine.values()), sorted(step["resources"].values()))
            overrides = {p["ParameterKey"]: p["ParameterValue"] for p in self.groups()[number]["ParameterOverrides"]}
            given = {p["ParameterKey"]: self.step["parameters"][p["ParameterValue"]["Ref"]] for p in self.set["Parameters"]}
            self.assertEqual(set(overrides) | set(given), set(self.inner["Parameters"]))
            self.assertEqual(set(overrides) & set(given), set())
            by_address = {address: meaning(self.inner["Resources"][logical], mine, {**given, **overrides}) for logical, address in mine.items()}
            for logical, address in step["resources"].items():
                self.assertEqual(meaning(own[logical], step["resources"], step["parameters"]), by_address[address], address)
                compared += 1
        self.assertGreater(compared, 100)

    def test_every_account_is_named_once(self):
        self.assertEqual(sorted(self.groups()), [str(400000000000 + n) for n in range(ACCOUNTS)])
        for group in self.groups().values():
            self.assertEqual(group["DeploymentTargets"]["AccountFilterType"], "INTERSECTION")
            self.assertEqual(group["Regions"], ["eu-west-1"])
        self.assertEqual(self.set["PermissionModel"], "SERVICE_MANAGED")
        self.assertFalse(self.set["AutoDeployment"]["Enabled"])
        self.assertEqual(json.loads(self.set["TemplateBody"]), self.inner)
        self.assertLessEqual(len(self.set["TemplateBody"].encode()), 51200)
        self.assertEqual(self.outer["Resources"]["Networks"]["DeletionPolicy"], "Retain")
        self.assertTrue(self.step["terminationProtection"])

    def test_who_needs_a_value_finds_it(self):
        asked = 0
        for step in templates.manifest(self.out):
            for binding in step.get("parameters", {}).values():
                self.assertFalse(binding.get("from", "").startswith(SET), step["id"])
                if re.match(r"aws ec2 describe-(vpcs|transit-gateway-attachments) .*Values=w\d+-main ", binding.get("lookup", "")):
                    self.assertRegex(binding["account"], r"^w\d+$")
                    self.assertIn(SET, self.before(step["id"]))
                    asked += 1
        self.assertGreaterEqual(asked, 2 * ACCOUNTS)

    def before(self, step):
        steps = {s["id"]: s["waitsFor"] for s in templates.manifest(self.out)}
        seen, left = set(), [step]
        while left:
            for wait in steps[left.pop()]:
                if wait not in seen:
                    seen.add(wait)
                    left.append(wait)
        return seen

    def test_one_more_account_is_some_lines(self):
        self.assertEqual(templates.load(self.more / f"cloudformation/{SET}.accounts.json"), self.inner)
        outer = templates.load(self.more / f"cloudformation/{SET}.json")
        groups = outer["Resources"]["Networks"]["Properties"].pop("StackInstancesGroup")
        rest = json.loads(json.dumps(self.outer))
        before = rest["Resources"]["Networks"]["Properties"].pop("StackInstancesGroup")
        self.assertEqual(outer, rest)
        self.assertEqual([g for g in groups if g in before], before)
        self.assertEqual(len(groups), len(before) + 1)

    def test_rights(self):
        rows = templates.accounts(self.out)
        member = templates.load(self.out / "bootstrap" / rows["w00000"]["template"])
        self.assertNotIn("ec2:CreateVpc", templates.granted(member, "StacksRole"))
        management = templates.load(self.out / "bootstrap" / rows["management"]["template"])
        self.assertIn("cloudformation:CreateStackSet", templates.granted(management, "StacksRole"))
        self.assertNotIn("cloudformation:DeleteStackSet", templates.granted(management, "StacksRole"))

    def test_script(self):
        script = self.out / "deploy.sh"
        self.assertIn("deploy had-scale-network-set-workloads", script.read_text("utf-8"))
        if shutil.which("shellcheck"):
            done = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True, check=False)
            self.assertEqual(done.stdout, "")

    def refused(self, spec, unit):
        done = subprocess.run([PROGRAM, "build", str(spec), "-q", "--as-of", templates.DAY, "--format", "short", "--stack-set", unit,
                               "-o", str(pathlib.Path(self.folder.name, "refused"))], capture_output=True, text=True, check=False,
                              env={**os.environ, "NO_COLOR": "1"})
        self.assertEqual(done.returncode, 1)
        self.assertFalse(pathlib.Path(self.folder.name, "refused").exists())
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "HAD0808" in line]
        self.assertEqual(len(lines), 1, done.stdout + done.stderr)
        return lines[0]

    def test_what_differs_is_refused(self):
        """Never a stack of its own in silence: the network would be made anew."""
        acme = templates.ROOT / "examples/acme"
        self.assertIn('`spoke erp.main/endpoint "ds":endpoint` has no counterpart in account `web-prod`', self.refused(acme, "workloads"))
        self.assertIn("there is no ou `nobody` with accounts", self.refused(acme, "nobody"))
        self.assertIn("is protected", self.refused(acme, "infrastructure"))
        spec = pathlib.Path(self.folder.name, "odd")
        make(spec, 3)
        text = (spec / "main.had").read_text("utf-8")
        odd = 'existing account odd in ou workloads { id = 499999999999 }\nspoke odd in account odd on hub core-0 {\n' \
              "  segment = segment core-0.workloads, cidr = 10.33.0.0/22\n" \
              "  subnet app in zone a { cidr = 10.33.0.0/24 }\n  subnet app2 in zone b { cidr = 10.33.1.0/24 }\n}\n"
        (spec / "main.had").write_text(text + odd, "utf-8")
        self.assertIn("has no counterpart", self.refused(spec, "workloads"))

    def test_more_than_texts_is_refused(self):
        spec = pathlib.Path(self.folder.name, "hubs")
        subprocess.run([sys.executable, str(templates.ROOT / "tests/bench/make_spec.py"), "4", str(spec), "2"], check=True)
        self.assertRegex(self.refused(spec, "workloads"), "differ in more than texts|no counterpart")


if __name__ == "__main__":
    unittest.main()
