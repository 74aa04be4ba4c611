"""Forms of the findings for continuous integration: test_forms.py HAD ROOT.

SARIF is held against its published schema and against what GitHub's code scanning refuses; the commands of
GitHub Actions, GitLab's report and JUnit are read as their readers would, with hostile names and messages.
"""
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HAD, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
DAY = "2026-11-24"
SCHEMA = pathlib.Path(__file__).parent / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
RULES_MAX, RESULTS_MAX, DESCRIPTION_MAX = 25000, 25000, 1024  # code scanning's limits
HOSTILE_NAME = "a,b::c %0A]]>\n::error::<x>.had"
HOSTILE = r"""had 1

spec hostile { owner = "a@example.com" }
let text = "\n::error::gone ]]> <b>&amp;\" 100%0A, [a](https://example.com) \u{202e}"
assert "first" { require false else "one: ${text}" }
assert "second" {
  severity = warning
  require false else "two: ${text}"
}
site "x" { ragnes = [10.0.0.0/8] }
"""


class Forms(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-forms-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def had(self, *args, status=None):
        done = subprocess.run([HAD, *map(str, args)], cwd=self.folder, capture_output=True, timeout=60)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode()

    def check(self, form, *args, status=None):
        return self.had("check", "--as-of", DAY, f"--format={form}", *args, status=status)

    def write(self, text=HOSTILE, name=HOSTILE_NAME, folder="spec"):
        path = self.folder / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    # ---- SARIF ----

    def accepted(self, document):
        """What code scanning asks for beyond the schema."""
        run = document["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        self.assertLessEqual(len(rules), RULES_MAX)
        self.assertLessEqual(len(run["results"]), RESULTS_MAX)
        for rule in rules:
            self.assertTrue(rule["id"])
            self.assertTrue(rule["shortDescription"]["text"])
            self.assertTrue(0 < len(rule["fullDescription"]["text"]) <= DESCRIPTION_MAX)
            self.assertTrue(rule["help"]["text"] and rule["help"]["markdown"])
            self.assertIn(rule["properties"]["problem.severity"], ("error", "warning", "recommendation"))
            self.assertLessEqual(len(rule["properties"]["tags"]), 10)
        prints = []
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertTrue(result["message"]["text"])
            self.assertNotIn("](", result["message"]["text"])
            place = result["locations"][0]["physicalLocation"]
            self.assertRegex(place["artifactLocation"]["uri"], r"^[A-Za-z0-9._~/%-]+$")
            region = place["region"]
            self.assertGreaterEqual(region["startLine"], 1)
            self.assertLessEqual((region["startLine"], region["startColumn"]),
                                 (region["endLine"], region["endColumn"]))
            prints.append(result["partialFingerprints"]["primaryLocationLineHash"])
        self.assertEqual(len(prints), len(set(prints)))
        return run

    def test_sarif_of_many_specs(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("jsonschema is not installed")
        if not SCHEMA.exists():
            self.skipTest("the schema is not installed")
        schema = json.loads(SCHEMA.read_text())
        validator = jsonschema.validators.validator_for(schema)(schema)
        hostile = self.write()
        specs = [(hostile,), (hostile.parent,), (ROOT / "examples/acme",), ("nowhere",),
                 (ROOT / "examples/acme", "--var", "nobody=1"), (ROOT / "examples/acme", "--no-waivers")]
        specs += [(path,) for path in sorted(glob.glob(str(ROOT / "tests/golden/findings/*.had")))]
        specs += [(ROOT / "tests/golden/prove/refuted.had",)]  # with the ways of what is lost
        codes = set()
        for arguments in specs:
            document = json.loads(self.check("sarif", *arguments))
            errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}"
                      for e in validator.iter_errors(document)]
            self.assertEqual(errors, [], arguments)
            codes |= {r["ruleId"] for r in self.accepted(document)["results"]}
        self.assertGreater(len(codes), 60)

    def test_sarif_of_a_clean_and_a_waived_spec(self):
        run = json.loads(self.check("sarif", ROOT / "examples/acme", status=0))["runs"][0]
        waived = [r for r in run["results"] if r["suppressions"]]
        self.assertEqual(len(waived), 1)
        self.assertTrue(waived[0]["suppressions"][0]["justification"])

    # ---- GitHub's commands ----

    def commands(self, text):
        found = []
        for line in text.splitlines():
            match = re.fullmatch(r"::(error|warning|notice) ([^\x00-\x1f]*?)::([^\x00-\x1f]*)", line)
            self.assertIsNotNone(match, line)
            decode = lambda v: re.sub("%([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), v)
            found.append((match[1], {k: decode(v) for k, v in (p.split("=", 1) for p in match[2].split(","))},
                          decode(match[3])))
        return found

    def test_github_gets_one_command_for_each_finding(self):
        spec = self.write().parent
        count = len(json.loads(self.check("json", spec))["findings"])
        commands = self.commands(self.check("github", spec, status=1))
        self.assertEqual(len(commands), count)
        for _, properties, message in commands:
            self.assertEqual(set(properties), {"file", "line", "endLine", "col", "endColumn", "title"})
            self.assertNotIn("\u202e", message)
        levels = [c[0] for c in commands]
        self.assertEqual(levels, sorted(levels, key=["error", "warning", "notice"].index))
        self.assertEqual(self.check("github", ROOT / "examples/acme", status=0).count("::error"), 0)

    # ---- GitLab ----

    def test_gitlab(self):
        report = json.loads(self.check("gitlab", self.write().parent, status=1))
        self.assertEqual(len(report), 3)
        self.assertEqual(len({i["fingerprint"] for i in report}), 3)
        for issue in report:
            self.assertIn(issue["severity"], ("info", "minor", "major", "critical", "blocker"))
            self.assertTrue(issue["description"] and issue["check_name"])
            self.assertGreaterEqual(issue["location"]["lines"]["begin"], 1)
            self.assertFalse(issue["location"]["path"].startswith(("./", "/")))
        twice = self.write("had 1\nspec a { owner = \"a@example.com\" }\n" + "nonsense {}\n" * 3, "b.had", "twice")
        prints = [i["fingerprint"] for i in json.loads(self.check("gitlab", twice))]
        self.assertEqual((len(prints), len(set(prints))), (3, 3))

    # ---- JUnit ----

    def test_junit(self):
        for spec, status in ((self.write().parent, 1), (ROOT / "examples/acme", 0)):
            document = json.loads(self.check("json", spec, status=status))
            suite = ElementTree.fromstring(self.check("junit", spec, status=status)).find("testsuite")
            self.assertEqual(int(suite.get("failures")), document["summary"]["error"])
            self.assertEqual(int(suite.get("skipped")), document["summary"]["waived"])
            self.assertEqual(len(suite.findall("testcase")), int(suite.get("tests")))
            self.assertEqual(len(suite.findall("testcase/failure")), document["summary"]["error"])

    # ---- paths ----

    def test_files_are_named_from_where_the_user_stands(self):
        path = self.write(name="main.had", folder="infra/identity")
        for spec in ("infra/identity", "./infra/identity", path.parent, "infra/identity/main.had"):
            self.assertIn("file=infra/identity/main.had,", self.check("github", spec, status=1))
            self.assertTrue(self.check("short", spec).startswith("infra/identity/main.had:"))
            place = json.loads(self.check("sarif", spec))["runs"][0]["results"][0]["locations"][0]
            self.assertEqual(place["physicalLocation"]["artifactLocation"]["uri"], "infra/identity/main.had")
            # JSON speaks of the spec, whoever reads it from wherever.
            self.assertEqual(json.loads(self.check("json", spec))["findings"][0]["file"], "main.had")
        self.assertIn("file=main.had,", self.check("github", "-C", "infra/identity", status=1))

    # ---- baseline ----

    def test_baseline(self):
        path = self.write(name="main.had")
        baseline = self.folder / "baseline.json"
        baseline.write_text(self.check("json", path, status=1))
        known = ("--baseline", baseline, path)
        path.write_text(path.read_text().replace("had 1\n", "had 1\n\n# moved\n\n\n"))
        out = self.had("check", "--as-of", DAY, *known, status=0)
        self.assertIn("0 errors, 0 warnings, 0 info, 3 known from the baseline", out)
        for form in ("short", "github"):
            self.assertEqual(self.check(form, *known, status=0), "")
        self.assertEqual(json.loads(self.check("gitlab", *known, status=0)), [])
        states = [r["baselineState"] for r in json.loads(self.check("sarif", *known))["runs"][0]["results"]]
        self.assertEqual(states, ["unchanged"] * 3)
        # One more of the same kind is new, and it alone counts.
        path.write_text(path.read_text() + "site \"y\" { ragnes = [10.0.0.0/8] }\n")
        self.assertEqual(self.check("short", *known, status=1).count("\n"), 1)
        document = json.loads(self.check("json", *known, status=1))
        self.assertEqual(document["summary"], {"error": 1, "warning": 0, "info": 0, "waived": 0, "known": 3})
        # What such a check writes is the next baseline.
        baseline.write_text(json.dumps(document))
        self.check("short", *known, status=0)
        # Also where the spec is one file in another folder.
        moved = self.folder / "elsewhere"
        path.parent.rename(moved)
        self.check("short", "--baseline", baseline, moved, status=0)
        self.check("short", "--baseline", "nowhere.json", moved, status=2)
        for text in ("", "[]", "{}", '{"version": 1, "findings": [{"code": "DC002"}]}', "\x00", "[" * 100000):
            baseline.write_text(text)
            self.check("short", "--baseline", baseline, moved, status=2)

    # ---- commands ----

    def test_each_command_names_its_forms(self):
        self.had("check", "--format=dot", ROOT / "examples/acme", status=2)
        self.had("graph", "--format=sarif", ROOT / "examples/acme", status=2)
        self.assertIn("text short json sarif github gitlab junit", " ".join(self.had("check", "--help", status=0).split()))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
