#!/usr/bin/env python3
"""deploy.sh of `had build --deploy-script`, run against a stand-in for the AWS command line (fake_aws.py).

    test_deploy.py HAD
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
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import random_specs  # noqa: E402
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
HERE = pathlib.Path(__file__).resolve().parent
CHANGES = ("create-change-set", "execute-change-set", "set-stack-policy", "update-termination-protection", "cp")


class Deploy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.masters = {name: templates.build(PROGRAM, templates.ROOT / "examples" / name, pathlib.Path(cls.kept.name, name), "--json",
                                             "--deploy-script", "--phase", phase)
                       for name, phase in (("acme", "extended"), ("vpn-only", "foundation"))}
        cls.finished = None  # acme deployed once, for all that go on from there

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        aws = bin_folder / "aws"
        program = (HERE / "fake_aws.py").read_text("utf-8").split("\n", 1)[1]
        aws.write_text(f"#!{sys.executable} -IS\n{program}", "utf-8")
        aws.chmod(0o755)
        self.path = f"{bin_folder}:{os.environ['PATH']}"
        self.use(self.masters["vpn-only"])

    def use(self, out, fake=None):
        self.out, self.fake = self.folder / "out", self.folder / "fake"
        for folder in (self.out, self.fake):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(out, self.out)
        if fake:
            shutil.copytree(fake, self.fake)
        else:
            self.fake.mkdir()
        self.steps = templates.manifest(self.out)
        modules = set(re.findall(r"^  module \S+ (\S+)$", self.script(), re.M))
        self.faults = {"accounts": {s["account"]["name"]: s["account"]["id"] for s in self.steps if "account" in s},
                       "modules": sorted(modules)}

    def use_finished(self):
        if not type(self).finished:
            self.use(self.masters["acme"])
            done = self.run_script(answers="yes\n" * 500)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
            self.assertIn("All steps are done.", done.stdout)
            kept = pathlib.Path(self.kept.name)
            shutil.copytree(self.out, kept / "finished-out")
            shutil.copytree(self.fake, kept / "finished-fake")
            type(self).finished = (kept / "finished-out", kept / "finished-fake")
        self.use(*self.finished)

    def tearDown(self):
        self.temporary.cleanup()

    def script(self):
        return (self.out / "deploy.sh").read_text("utf-8")

    def run_script(self, *options, answers=None, bucket=True):
        if bucket and not {"--help", "--only"} & set(options[-1:]):
            options += ("--bucket", "templates")  # JSON is longer than YAML
        (self.fake / "faults.json").write_text(json.dumps(self.faults), "utf-8")
        environment = {**os.environ, "PATH": self.path, "FAKE_AWS": str(self.fake), "HAD_POLL": "0"}
        environment.pop("HAD_ANSWERS", None)
        if answers is not None:
            environment["HAD_ANSWERS"] = "1"
        return subprocess.run(["bash", str(self.out / "deploy.sh"), *options], input=answers or "", capture_output=True, text=True,
                              env=environment, timeout=120, check=False)

    def calls(self):
        path = self.fake / "calls"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def stacks(self):
        return json.loads((self.fake / "stacks.json").read_text("utf-8"))

    def changing(self):
        return [c for c in self.calls() if c[1] in CHANGES]

    def value(self, binding):
        if "value" in binding:
            return binding["value"]
        if "from" in binding:
            stack, _, name = binding["from"].rpartition(".")
            account, region, _ = stack.split("/")
            name_of = {s["id"]: s["stackName"] for s in self.steps if s["kind"] == "stack"}
            return f"{account}/{region}/{name_of[stack]}.{name}"
        return "found-by-" + binding["lookup"].split()[2]

    def test_all_of_it(self):
        self.use_finished()
        stacks = self.stacks()
        last = {}
        for step in self.steps:
            if step["kind"] == "stack":
                key = f'{step["account"]["name"]}/{step["region"]}/{step["stackName"]}'
                last[key] = {**last.get(key, {}), **step}
        self.assertEqual(sorted(stacks), sorted(last))
        for key, step in last.items():
            stack = stacks[key]
            self.assertTrue(stack["status"].endswith("_COMPLETE"), key)
            self.assertEqual(stack["parameters"], {n: self.value(b) for n, b in step["parameters"].items()}, key)
            self.assertEqual(stack["template"], (self.out / step["template"]).read_text("utf-8"))
            self.assertEqual(stack["protected"], step["terminationProtection"], key)
            self.assertEqual(stack["policy"] is not None, "stackPolicy" in step, key)
            self.assertEqual({t["Key"]: t["Value"] for t in stack["tags"]}, step["tags"])
            self.assertEqual(stack["role"], f'arn:aws:iam::{step["account"]["id"]}:role/{step["deployRole"]}-stacks')
        order = []
        for call in self.calls():
            if call[1] == "execute-change-set":
                order.append(f'{call[call.index("--profile") + 1]}/{call[call.index("--region") + 1]}/{call[call.index("--stack-name") + 1]}')
        self.assertEqual(order, [f'{s["account"]["name"]}/{s["region"]}/{s["stackName"]}' for s in self.steps if s["kind"] == "stack"])
        brought = json.loads((self.fake / "objects.json").read_text("utf-8"))
        self.assertEqual(sorted(key for key in brought if key.endswith(".mof")), sorted(s["compiled"]["key"] for s in self.steps if s["kind"] == "delivery" and "compiled" in s))
        before = len(self.calls())
        done = self.run_script()
        self.assertEqual((done.returncode, len(self.calls())), (0, before), done.stderr)

    def test_looking_again_changes_nothing(self):
        self.assertEqual(self.run_script(answers="yes\n" * 500).returncode, 0)
        stacks, before = self.stacks(), len(self.calls())
        gates = sum(s["kind"] != "stack" for s in self.steps)
        done = self.run_script("--again", answers="yes\n" * gates)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse([c for c in self.calls()[before:] if c[1] == "execute-change-set"])
        self.assertEqual({k: s["parameters"] for k, s in self.stacks().items()}, {k: s["parameters"] for k, s in stacks.items()})

    def test_gates_wait_for_people(self):
        done = self.run_script()
        self.assertEqual(done.returncode, 3)
        first = next(s for s in self.steps if s["kind"] == "gate")
        self.assertIn(first["owner"], done.stdout)
        self.assertIn(first["instruction"], done.stdout)
        self.assertIn("Check:", done.stdout)
        self.assertEqual(self.changing(), [])
        done = self.run_script("--yes")  # says yes to change sets, not for people
        self.assertEqual(done.returncode, 3)

    def test_goes_on_where_it_stopped(self):
        stacks_at = [n for n, s in enumerate(self.steps) if s["kind"] == "stack"]
        done = self.run_script(answers="yes\n" * (stacks_at[1]))
        self.assertEqual(done.returncode, 3)
        made = [c for c in self.changing() if c[1] == "execute-change-set"]
        self.assertEqual(len(made), 1)
        done = self.run_script(answers="yes\n" * 500)
        self.assertEqual(done.returncode, 0, done.stderr)
        names = [c[c.index("--stack-name") + 1] for c in self.calls() if c[1] == "execute-change-set"]
        self.assertEqual(len(names), len(stacks_at))

    def test_no_leaves_the_stack_alone(self):
        gates = next(n for n, s in enumerate(self.steps) if s["kind"] == "stack")
        done = self.run_script(answers="yes\n" * gates + "no\n")
        self.assertEqual(done.returncode, 3)
        self.assertEqual([c for c in self.calls() if c[1] == "execute-change-set"], [])
        self.assertEqual(len([c for c in self.calls() if c[1] == "delete-change-set"]), 1)

    def test_failure_stops_and_is_repaired(self):
        first = next(s for s in self.steps if s["kind"] == "stack")
        self.faults["fail"] = [first["stackName"]]
        done = self.run_script(answers="yes\n" * 500)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ROLLBACK_COMPLETE", done.stderr)
        self.assertIn("no room", done.stderr)
        self.assertEqual(len([c for c in self.calls() if c[1] == "execute-change-set"]), 1)
        done = self.run_script(answers="yes\n" * 500)
        self.assertEqual(done.returncode, 1)
        self.assertIn("delete it", done.stderr)
        self.faults["fail"] = []
        (self.fake / "stacks.json").unlink()
        done = self.run_script(answers="yes\n" * 500)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_wrong_account_changes_nothing(self):
        first = next(s for s in self.steps if s["kind"] == "stack")
        self.faults["accounts"][first["account"]["name"]] = "999999999999"
        done = self.run_script(answers="yes\n" * 500)
        self.assertEqual(done.returncode, 1)
        self.assertIn("999999999999", done.stderr)
        self.assertEqual(self.changing(), [])

    def test_replacement_asks_whatever_yes_says(self):
        self.use_finished()
        step = next(s for s in self.steps if s["kind"] == "stack" and s["id"].endswith("/hub"))
        path = self.out / step["template"]
        template = templates.load(path)
        logical = next(name for name, r in template["Resources"].items() if r["Type"] == "AWS::EC2::TransitGateway")
        template["Resources"][logical]["Properties"]["AmazonSideAsn"] = 64999
        path.write_text(json.dumps(template, indent=2), "utf-8")
        self.faults["replace"] = [logical]
        done = self.run_script("--only", step["id"], "--yes")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stdout, rf"!! Replace +{logical} \(AWS::EC2::TransitGateway\)")
        self.faults["replace"] = []
        done = self.run_script("--only", step["id"], "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_staged_values_never_go_back(self):
        self.use_finished()
        later = [s for s in self.steps if s["kind"] == "stack" and "changes" in s]
        self.assertTrue(later)
        for step in later:
            first = next(s for s in self.steps if s["id"] == step["id"].split("@")[0])
            self.assertNotEqual(first["parameters"], step["parameters"])
            self.assertEqual(self.run_script("--only", first["id"], "--yes").returncode, 0)
            key = f'{step["account"]["name"]}/{step["region"]}/{step["stackName"]}'
            self.assertEqual(self.stacks()[key]["parameters"], {n: self.value(b) for n, b in step["parameters"].items()})

    def test_missing_module_is_told(self):
        self.use_finished()
        self.faults["modules"] = []
        step = next(s for s in self.steps if s["kind"] == "delivery" and "compiled" in s)
        done = self.run_script("--only", step["id"], "--yes")
        self.assertEqual(done.returncode, 3)
        self.assertIn("runbook.md says", done.stderr)

    def test_large_template_goes_over_a_bucket(self):
        step = next(s for s in self.steps if s["kind"] == "stack")
        path = self.out / step["template"]
        path.write_text(path.read_text("utf-8") + " " * 51200, "utf-8")
        done = self.run_script("--only", step["id"], "--yes", bucket=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--bucket", done.stderr)
        done = self.run_script("--only", step["id"], "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        call = next(c for c in self.calls() if "--template-url" in c)
        self.assertIn("https://templates.s3.eu-west-1.amazonaws.com/", call[call.index("--template-url") + 1])

    def test_list_and_wrong_use(self):
        done = self.run_script("--list")
        self.assertEqual(done.returncode, 0)
        self.assertEqual([line[8:] for line in done.stdout.splitlines()], [s["title"] for s in self.steps])
        self.assertEqual(self.calls(), [])
        self.assertEqual(self.run_script("--nothing").returncode, 2)
        self.assertEqual(self.run_script("--only").returncode, 2)
        self.assertEqual(self.run_script("--only", "no/such/step", "--yes").returncode, 2)
        self.assertIn("--from STEP", self.run_script("--help").stdout)

    def test_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck")
        scripts = [self.out / "deploy.sh"]
        for name in ("two-forests",):
            out = templates.build(PROGRAM, templates.ROOT / "examples" / name, self.folder / name, "--deploy-script")
            scripts.append(out / "deploy.sh")
        out = templates.build(PROGRAM, templates.ROOT / "examples/shared-subnets", self.folder / "plain", "--deploy-script",
                              "--no-custom-resources")
        scripts.append(out / "deploy.sh")
        done = subprocess.run(["shellcheck", *map(str, scripts)], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout + done.stderr, "")

    def test_texts_stay_data(self):
        """Names and texts of all sorts: the script is one, and prints them; nothing of them runs."""
        for seed in range(3):
            spec = self.folder / f"{seed}.had"
            text = random_specs.spec(seed).text
            spec.write_text(text, "utf-8")
            out = templates.build(PROGRAM, spec, self.folder / f"random-{seed}", "--deploy-script")
            script = out / "deploy.sh"
            self.assertEqual(subprocess.run(["bash", "-n", str(script)], check=False).returncode, 0)
            done = subprocess.run(["bash", str(script), "--list"], capture_output=True, text=True, check=False)
            self.assertEqual([line[8:] for line in done.stdout.splitlines()], [s["title"] for s in templates.manifest(out)])


if __name__ == "__main__":
    unittest.main()
