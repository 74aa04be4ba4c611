"""The command line as a user meets it: exit status, forms of output, what is written and what never is."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HAD = sys.argv[1]
ROOT = pathlib.Path(sys.argv[2])
ACME = ROOT / "examples/acme"
DAY = "2026-11-24"

SMALL = """had 1

param stage : one of [prod, test] = prod
param net : cidr = 10.1.0.0/16

spec small-${stage} { owner = "a@example.com" }
existing organization acme { id = "o-a1b2c3d4e5", management = account m }
existing account m in organization acme { id = 111111111111 }
existing account n in organization acme { id = 222222222222 }
region eu-west-1 { zones = [a, b] }
spoke s in account n at region eu-west-1 { cidr = net }
if stage == test {
  spoke t in account n at region eu-west-1 { cidr = 10.2.0.0/16 }
}
""".replace("spec small-${stage}", 'spec "small-${stage}"')


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def had(self, *args, status=0, stdin=None, env=None):
        done = subprocess.run([HAD, *map(str, args)], cwd=self.folder, input=stdin, capture_output=True,
                              timeout=60, env={**os.environ, "NO_COLOR": "1", **(env or {})})
        self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode(), done.stderr.decode()

    def spec(self, text=SMALL, name="main.had"):
        path = self.folder / "spec" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path.parent

    # ---- usage ----

    def test_help_lists_every_command_and_each_explains_itself(self):
        out, _ = self.had("--help")
        commands = re.findall(r"^  (\S+)  ", out, re.M)
        self.assertGreater(len(commands), 10)
        self.assertIn("check", commands)
        self.assertIn("build", commands)
        for command in commands:
            text, _ = self.had(command, "--help")
            self.assertIn(f"usage: had {command}", text)
            self.assertIn("--help", text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80, text)

    def test_usage_errors(self):
        self.had(status=2)
        _, err = self.had("chekc", status=2)
        self.assertIn("did you mean `check`", err)
        _, err = self.had("check", "--fromat=json", status=2)
        self.assertIn("did you mean `--format`", err)
        _, err = self.had("-C", "x", "check", status=2)
        self.assertIn("options follow the command", err)
        self.assertEqual(self.had("help", "check")[0], self.had("check", "--help")[0])
        self.had("help", "chekc", status=2)
        self.had("check", "--format=xml", status=2)
        self.had("check", "--as-of=2026-02-30", status=2)
        self.had("check", "--phase=never", status=2)
        self.had("build", ACME, status=2)
        self.had("dump", ACME, status=2)
        self.had("check", "nowhere", status=2)
        self.had("explain", "nothing-of-the-kind", status=2)

    def test_version(self):
        out, _ = self.had("version")
        self.assertRegex(out, r"^had \d+\.\d+\.\d+")
        self.assertEqual(out, self.had("--version")[0])

    # ---- check ----

    def test_acme_is_clean(self):
        out, _ = self.had("check", "--as-of", DAY, ACME)
        self.assertIn("0 errors, 0 warnings", out)
        document = json.loads(self.had("check", "--format=json", "--as-of", DAY, ACME)[0])
        self.assertEqual(document["version"], 1)
        self.assertEqual(document["spec"], "acme-identity")
        self.assertEqual((document["summary"]["error"], document["summary"]["warning"]), (0, 0))
        self.assertEqual(document["summary"]["waived"], 1)

    def test_an_expired_waiver_is_a_finding(self):
        out, _ = self.had("check", "--as-of", "2027-04-01", "--fail-on=warning", ACME, status=1)
        self.assertIn("HAD0603", out)
        out, _ = self.had("check", "--as-of", DAY, "--no-waivers", "--format=short", ACME)
        self.assertIn("SSO020", out)

    def test_a_library_that_is_missing(self):
        spec = self.spec(SMALL + 'import "std:workload"\n')
        out, _ = self.had("check", spec, status=1, env={"HAD_STDLIB": "/nonexistent"})
        self.assertIn("the library is not installed beside this program: set `HAD_STDLIB` to its folder", out)

    def test_forms_and_thresholds(self):
        spec = self.spec(SMALL + "site d { ragnes = [10.0.0.0/8] }\n")
        out, _ = self.had("check", "--format=short", spec, status=1)
        self.assertRegex(out, r"main\.had:\d+:\d+: error HAD0311: ")
        finding = json.loads(self.had("check", "--format=json", spec, status=1)[0])["findings"][0]
        for key in ("code", "severity", "message", "address", "file", "line", "column", "end_line",
                    "end_column", "related", "notes", "help", "fixes", "waived", "source"):
            self.assertIn(key, finding)
        self.assertEqual(finding["fixes"][0]["edits"][0]["text"], "ranges")
        warned = self.spec(SMALL + 'assert "w" {\n  severity = warning\n  require count(every spoke) == 9\n}\n')
        self.had("check", warned)
        self.had("check", "--fail-on=warning", warned, status=1)

    def test_fix_mends_and_keeps_the_rest(self):
        spec = self.spec('spec x { owner = "a@example.com" }   # ours\nsite d { ranges = [10.1.2.3/16], country = IE }\n')
        out, _ = self.had("check", "--fix", spec)
        self.assertIn("3 places mended", out)
        self.assertEqual((spec / "main.had").read_text(),
                         'had 1\n\nspec x { owner = "a@example.com" }   # ours\n'
                         'site d { ranges = [10.1.0.0/16], country = "IE" }\n')

    def test_params_from_everywhere(self):
        spec = self.spec()
        count = lambda *args, **kw: self.had("dump", "--after=expand", *args, spec, **kw)[0].count("\nspoke ")
        self.assertEqual(count(), 1)
        self.assertEqual(count("--var", "stage=test"), 2)
        self.assertEqual(count(env={"HAD_VAR_stage": "test"}), 2)
        self.assertEqual(count("--var=stage=prod", env={"HAD_VAR_stage": "test"}), 1)
        (self.folder / "vars.yaml").write_text("stage: test\nnet: 10.9.0.0/16\n")
        self.assertEqual(count("--var-file", "vars.yaml"), 2)
        (self.folder / "vars.json").write_text('{"stage": "test"}')
        self.assertEqual(count("--var-file", "vars.json"), 2)
        for bad in ("stage: {a: b}\n", "- stage\n", "stage: [[a]]\n", "stage: &x a\nother: *x\n", "just text\n"):
            (self.folder / "bad.yaml").write_text(bad)
            self.had("check", "--var-file", "bad.yaml", spec, status=2)
        self.had("check", "--var", "nobody=1", spec, status=1)
        for args, env, origin in ((["--var", "stage=never"], {}, "`--var`"),
                                  ([], {"HAD_VAR_stage": "never"}, "`HAD_VAR_stage` of the environment")):
            out, _ = self.had("check", *args, spec, status=1, env=env)
            self.assertEqual(out.count("\n  = note: the value comes from " + origin), 1)

    def test_params_that_are_lists(self):
        spec = self.spec(SMALL + "param zones : list of zone = [a]\nparam more : set of text = []\n"
                         'for z in zones {\n  site "s-${z}" { ranges = 10.0.0.0/16 }\n}\n'
                         'for m in more {\n  site "${m}" { ranges = 10.0.0.0/16 }\n}\n')
        def sites(*args, **kw):
            out = self.had("dump", "--after=expand", *args, spec, **kw)[0]
            return [line.split()[1] for line in out.splitlines() if line.startswith("site ")]
        self.assertEqual(sites(), ["s-a"])
        self.assertEqual(sites("--var", "zones=[a, b,c]"), ["s-a", "s-b", "s-c"])
        self.assertEqual(sites("--var", "zones=b"), ["s-b"])
        self.assertEqual(sites("--var", "more=['x', \"y\"]"), ["s-a", "x", "y"])
        self.assertEqual(sites("--var", "zones=[]"), [])
        (self.folder / "vars.yaml").write_text("zones:\n  - a\n  - c\nmore: [z]\n")
        self.assertEqual(sites("--var-file", "vars.yaml"), ["s-a", "s-c", "z"])
        self.had("check", "--var", "zones=[a, 'b]", spec, status=1)

    # ---- fmt ----

    def test_fmt(self):
        before = "had 1\nspec   x {owner=\"a@example.com\"}\n"
        out, _ = self.had("fmt", "-", stdin=before.encode())
        self.assertIn('spec x { owner = "a@example.com" }', out)
        self.assertEqual(self.had("fmt", "-", stdin=out.encode())[0], out)
        spec = self.spec(before)
        self.had("fmt", "--check", spec, status=1)
        diff, _ = self.had("fmt", "--diff", spec, status=1)
        self.assertEqual(diff.splitlines()[:2], [f"--- {spec}/main.had", f"+++ {spec}/main.had"])
        self.assertIn('+spec x { owner = "a@example.com" }', diff)
        self.assertEqual((spec / "main.had").read_text(), before)
        self.had("fmt", spec)
        self.assertEqual((spec / "main.had").read_text(), out)
        self.had("fmt", "--check", spec)
        broken = self.spec("had 1\nspec x {\n", "broken.had")
        self.had("fmt", broken, status=2)
        self.assertEqual((broken / "broken.had").read_text(), "had 1\nspec x {\n")
        self.had("fmt", "--check", ACME)

    def test_fmt_of_folders(self):
        before, after = "had 1\nsite  a {}\n", "had 1\n\nsite a {}\n"
        for name in ("one.had", "below/two.had", "below/further/three.had", ".hidden/four.had", "notes.txt"):
            self.spec(before, name)
        spec = self.folder / "spec"
        (spec / "link").symlink_to(self.folder / "elsewhere")
        self.spec(before, "../elsewhere/five.had")
        after = self.had("fmt", "-", stdin=before.encode())[0]
        out, _ = self.had("fmt", "--check", "spec/", status=1)
        self.assertEqual(out.splitlines(), [f"spec/{n} is not formatted" for n in
                                            ("one.had", "below/two.had", "below/further/three.had")])
        self.had("fmt", "spec")
        for name in ("one.had", "below/two.had", "below/further/three.had"):
            self.assertEqual((spec / name).read_text(), after)
        for name in (".hidden/four.had", "notes.txt", "../elsewhere/five.had"):
            self.assertEqual((spec / name).read_text(), before)
        self.had("fmt", "--check", "-C", "spec")
        self.spec(before, "x\x1b[31m.had")
        out, err = self.had("fmt", "--check", "spec", status=1)
        self.assertNotIn("\x1b", out + err)

    def test_fmt_diff_is_one_that_patch_takes(self):
        lines = [f"site s{i} {{}}" for i in range(60)]
        lines[5], lines[30], lines[59] = "site   s5 {}", "site s30 {  }", "site s59    {}"
        path = self.spec("had 1\n\n" + "\n".join(lines)) / "main.had"
        diff, _ = self.had("fmt", "--diff", "spec/main.had", status=1)
        self.assertEqual(diff.count("\n@@ "), 3)
        wanted = self.had("fmt", "-", stdin=path.read_bytes())[0]
        if shutil.which("patch"):
            subprocess.run(["patch", "-s", "spec/main.had"], input=diff.encode(), cwd=self.folder, check=True)
            self.assertEqual(path.read_text(), wanted)

    def test_fix_does_many_at_once_and_then_nothing(self):
        text = SMALL + "".join(f"site s{i} {{ ranges = [10.{100 + i}.0.1/16], country = IE, dns = [10.{100 + i}.0.1] }}\n"
                               for i in range(40))
        spec = self.spec(text)
        self.spec('had 1\n\nsite other { country = DE, ranges = 10.99.1.1/16 }\n', "other.had")
        out, _ = self.had("check", "--fix", spec)
        self.assertIn("82 places mended", out)
        first = (spec / "main.had").read_text()
        self.assertEqual(first, text.replace("0.1/16", "0.0/16").replace("country = IE", 'country = "IE"'))
        self.assertIn('country = "DE", ranges = 10.99.0.0/16', (spec / "other.had").read_text())
        out, _ = self.had("check", "--fix", spec)
        self.assertNotIn("mended", out)
        self.assertEqual((spec / "main.had").read_text(), first)

    @unittest.skipUnless(shutil.which("patch"), "patch is not installed")
    def test_a_difference_can_be_applied(self):
        lines = [f"site s{n} {{ ranges = 10.{n}.0.0/16 }}\n" for n in range(60)]
        for n in (0, 3, 30, 31, 37, 59):
            lines[n] = lines[n].replace(" { ", "   {   ").replace(" = ", "=")
        lines.insert(20, "\n\n\n\n")
        text = "had 1\n" + "".join(lines)
        for end in (text, text.rstrip("\n")):
            spec = self.spec(end)
            diff, _ = self.had("fmt", "--diff", "-C", spec, "main.had", status=1)
            self.assertGreater(diff.count("\n@@ "), 2)
            self.assertLess(len(diff.splitlines()), 60)
            subprocess.run(["patch", "-s", "-p0"], input=diff.encode(), cwd=spec, check=True, capture_output=True)
            self.had("fmt", "--check", spec)

    # ---- build ----

    def build(self, *args, status=0, spec=ACME):
        return self.had("build", "--as-of", DAY, *args, spec, status=status)

    def files(self, folder):
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    def test_build_twice_gives_the_same_bytes(self):
        self.build("-o", "one")
        self.build("-o", "two")
        one, two = self.files(self.folder / "one"), self.files(self.folder / "two")
        self.assertEqual(one, two)
        for name in ("manifest.json", "runbook.md", "firewall.csv"):
            self.assertIn(name, one)
        self.assertTrue(any(n.startswith("cloudformation/network/eu-west-1/") for n in one))
        self.assertTrue(any(n.endswith("domain-controller.ps1") for n in one))
        self.build("-o", "one", "--check")
        json.loads(one["manifest.json"])

    def test_builds_beside_each_other(self):
        """They make one folder for theirs at one time, and each finds that it is there."""
        for turn in range(8):
            running = [subprocess.Popen([HAD, "build", "-q", "--as-of", DAY, "-o", f"new-{turn}/a/b/{i}", str(ACME)],
                                        cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                       for i in range(4)]  # fmt: skip
            for one in running:
                errors = one.communicate()[1]
                self.assertEqual(one.returncode, 0, errors)
        self.assertEqual(self.files(self.folder / "new-0/a/b/0"), self.files(self.folder / "new-7/a/b/3"))

    def test_build_touches_only_its_own(self):
        out = self.folder / "out"
        self.build("-o", "out")
        (out / "notes.txt").write_text("mine")
        (out / "runbook.md").write_text("edited")
        self.build("-o", "out", "--check", status=1)
        self.build("-o", "out")
        self.assertEqual((out / "notes.txt").read_text(), "mine")
        self.assertNotEqual((out / "runbook.md").read_text(), "edited")

    def test_build_refuses_what_no_build_wrote(self):
        out = self.folder / "out"
        out.mkdir()
        (out / "runbook.md").write_text("mine")
        self.build("-o", "out", status=2)
        self.assertEqual(self.files(out), {"runbook.md": b"mine"})

    def test_build_removes_what_is_left_over(self):
        spec = self.spec(SMALL)
        self.build("-o", "out", "--var", "stage=test", spec=spec)
        first = self.files(self.folder / "out")
        self.build("-o", "out", "--emit", "dsc", spec=spec)
        second = self.files(self.folder / "out")
        self.assertTrue(any(n.startswith("cloudformation/") for n in first))
        self.assertFalse(any(n.startswith("cloudformation/") for n in second))
        self.assertFalse((self.folder / "out" / "cloudformation").exists())

    def test_build_follows_no_link(self):
        (self.folder / "elsewhere").mkdir()
        out = self.folder / "out"
        out.mkdir()
        (out / "cloudformation").symlink_to(self.folder / "elsewhere")
        self.build("-o", "out", status=2)
        self.assertEqual(list((self.folder / "elsewhere").iterdir()), [])

    def test_build_of_a_broken_spec_writes_nothing(self):
        spec = self.spec(SMALL + "nonsense {}\n")
        self.build("-o", "out", spec=spec, status=1)
        self.assertFalse((self.folder / "out").exists())

    def test_the_list_cannot_name_what_is_outside(self):
        self.build("-o", "out")
        victim = self.folder / "victim"
        victim.write_text("mine")
        import hashlib
        listing = self.folder / "out" / ".had-build"
        listing.write_text(listing.read_text() + hashlib.sha256(b"mine").hexdigest() + "  ../victim\n")
        self.build("-o", "out")
        self.assertEqual(victim.read_text(), "mine")

    # ---- what a spec may reach ----

    def test_nothing_outside_the_folder_is_read(self):
        (self.folder / "secret.txt").write_text("top secret")
        for text in ('let a = file("../secret.txt")\nsite s { country = a }\n',
                     'import "../secret.txt"\n',
                     'let a = file("/etc/passwd")\nsite s { country = a }\n'):
            out, _ = self.had("check", self.spec(SMALL + text), status=1)
            self.assertNotIn("top secret", out)
            self.assertNotIn("root:", out)
        spec = self.spec(SMALL + 'let a = file("link.txt")\nsite s { country = a }\n')
        (spec / "link.txt").symlink_to(self.folder / "secret.txt")
        out, _ = self.had("check", spec, status=1)
        self.assertIn("symbolic link", out)
        os.mkfifo(spec / "pipe")
        out, _ = self.had("check", self.spec(SMALL + 'let a = file("pipe")\nsite s { country = a }\n'), status=1)
        self.assertIn("HAD0002", out)

    def test_a_name_cannot_drive_the_terminal(self):
        spec = self.spec(SMALL + 'site "a\\u{1b}[31m" {}\n')
        out, err = self.had("check", spec, status=1)
        self.assertNotIn("\x1b", out + err)

    # ---- the rest ----

    def test_show(self):
        out, _ = self.had("show", ACME, "spoke erp.main")
        self.assertIn("routes", out)
        document = json.loads(self.had("show", "--format=json", ACME)[0])
        self.assertEqual(document["spec"], "acme-identity")
        addresses = [o["address"] for o in document["objects"]]
        self.assertEqual(addresses, sorted(addresses, key=str.encode))
        self.assertIn("site-link dublin-eu-west-1", addresses)
        self.assertNotIn("m6i.large\"  # default", out)
        self.had("show", ACME, "spoke nobody", status=2)

    def test_graph(self):
        document = json.loads(self.had("graph", "--resources", "--format=json", ACME)[0])
        nodes = {n["address"] for n in document["nodes"]}
        self.assertGreater(len(nodes), 300)
        for edge in document["edges"]:
            self.assertIn(edge["from"], nodes)
            self.assertIn(edge["to"], nodes)

    def test_explain(self):
        self.assertIn("zone", self.had("explain", "DC002")[0])
        self.assertIn("cidr", self.had("explain", "spoke")[0])
        self.assertIn("range", self.had("explain", "spoke.cidr")[0])
        self.assertIn("digits", self.had("explain", "account-id")[0])
        _, err = self.had("explain", "spokee", status=2)
        self.assertIn("did you mean `spoke`", err)

    def test_rules(self):
        rules = json.loads(self.had("rules", "--format=json")[0])
        self.assertGreater(len(rules), 24)
        text, _ = self.had("rules")
        self.assertIn("DC002", text)

    def test_test_blocks(self):
        spec = self.spec(SMALL + """
test "production has one spoke" { require count(every spoke) == 1 }
test "test has two" {
  params { stage = test }
  require count(every spoke) == 2
}
test "a wide range is refused" {
  params { net = 10.0.0.0/8 }
  expect HAD0204
}
""")
        out, _ = self.had("test", spec)
        self.assertIn("3 passed, 0 failed", out)
        spec = self.spec(SMALL + 'test "wrong" { require count(every spoke) == 7 else "seven" }\n')
        out, _ = self.had("test", spec, status=1)
        self.assertIn("HAD0615: seven", out)
        document = json.loads(self.had("test", "--format=json", spec, status=1)[0])
        self.assertEqual(document["failed"], 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
