"""The standard library: every module compiles, says what it is for, makes what it says and nothing else."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HAD = sys.argv[1]
ROOT = pathlib.Path(sys.argv[2])
STDLIB = ROOT / "stdlib"
DAY = "2026-11-24"

BASE = """had 1

spec std { owner = "a@example.com" }
existing organization example { id = "o-a1b2c3d4e5", management = account management }
existing ou work in organization example
existing account management in organization example { id = 111111111111 }
existing account network in organization example { id = 222222222222 }
existing account shared in organization example { id = 333333333333 }
existing account app in ou work { id = 444444444444 }
region eu-west-1 { zones = [a, b] }
hub core in account network at region eu-west-1 { asn = 64520 }
segment all in hub core { reaches = segment all }
spoke shared in account shared on hub core {
  role = shared-services
  cidr = 10.17.0.0/20
  subnet a in zone a { cidr = 10.17.0.0/24 }
  subnet b in zone b { cidr = 10.17.1.0/24 }
}
identity-center people in account shared at region eu-west-1 {
  instance       = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
  source         = identity-store
  emergency-role = "emergency"
}
"""

DIRECTORY = """
spoke names in account network on hub core {
  role = endpoint
  cidr = 10.16.0.0/24
  subnet a in zone a { cidr = 10.16.0.0/26 }
  subnet b in zone b { cidr = 10.16.0.64/26 }
}
resolver outbound in spoke names { direction = outbound, subnets = [a, b] }
forward "aws.example.com" via resolver outbound { targets = directory aws, used-by = every spoke of hub core }
directory aws in spoke shared {
  root    = "aws.example.com"
  edition = enterprise
  subnets = [a, b]
  admin   = secret("ad/admin")
}
share directory aws with every account of ou work
"""


class Stdlib(unittest.TestCase):
    def run_had(self, command, text, files=None, args=()):
        with tempfile.TemporaryDirectory(prefix="had-std-") as folder:
            folder = pathlib.Path(folder)
            (folder / "main.had").write_text(text, encoding="utf-8")
            for name, content in (files or {}).items():
                (folder / name).write_text(content, encoding="utf-8")
            done = subprocess.run([HAD, *command, "--as-of", DAY, *args, str(folder)], capture_output=True,
                                  timeout=60, check=False,
                                  env={**os.environ, "NO_COLOR": "1", "HAD_STDLIB": str(STDLIB)})
            return done.returncode, done.stdout.decode(), done.stderr.decode()

    def findings(self, text, files=None):
        _, out, err = self.run_had(["check", "--format=json"], text, files)
        return json.loads(out)["findings"] if out else self.fail(err)

    def clean(self, text, files=None):
        bad = [f["code"] + " " + f["message"] for f in self.findings(text, files) if f["severity"] == "error"]
        self.assertEqual(bad, [])

    def objects(self, text, files=None):
        status, out, err = self.run_had(["dump", "--after=expand"], text, files)
        self.assertEqual(status, 0, out + err)
        return out

    def spec(self, *parts):
        return BASE + "".join(parts)

    # ---- all of them ----

    def test_every_module_is_documented_and_formatted(self):
        modules = sorted(STDLIB.glob("*.had"))
        self.assertTrue(modules)
        page = (ROOT / "docs/stdlib.md").read_text(encoding="utf-8")
        for path in modules:
            text = path.read_text(encoding="utf-8")
            lines = text.splitlines()
            for at, line in enumerate(lines):
                if re.match(r"(module|  param) ", line):
                    above = lines[at - 1].strip()
                    same = re.match(r"  param ", lines[at - 1] or "")
                    self.assertTrue(above.startswith("##") or same, f"{path.name}:{at + 1} says nothing")
            for name in re.findall(r"^module ([a-z-]+)", text, re.M):
                self.assertIn(f"`{name}`", page)
            self.assertIn(f"std:{path.stem}", page)
        done = subprocess.run([HAD, "fmt", "--check", str(STDLIB)], capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_every_module_is_used_by_an_example(self):
        used = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "examples").rglob("*.had"))
        for path in STDLIB.glob("*.had"):
            self.assertIn(f'import "std:{path.stem}"', used)

    def test_modules_are_found_beside_the_program(self):
        with tempfile.TemporaryDirectory(prefix="had-std-") as folder:
            (pathlib.Path(folder) / "main.had").write_text(self.spec('import "std:personas"\n'), encoding="utf-8")
            env = {k: v for k, v in os.environ.items() if k != "HAD_STDLIB"}
            done = subprocess.run([HAD, "check", "--format=short", folder], capture_output=True, env=env,
                                  check=False, timeout=60)
            self.assertNotIn(b"HAD0001", done.stdout)
            self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_an_unknown_module_and_a_way_out_are_refused(self):
        codes = [f["code"] for f in self.findings(self.spec('import "std:nothing"\n'))]
        self.assertIn("HAD0001", codes)
        for path in ("std:../README", "std:/etc/passwd", "std:policies/../../README"):
            self.assertTrue([f for f in self.findings(self.spec(f'import "{path}"\n'))
                             if f["severity"] == "error"], path)

    # ---- personas ----

    def test_personas(self):
        text = self.spec('import "std:personas"\npersonas staff {\n'
                         "  accounts = every account except account management\n"
                         '  administrators = group "Admins"\n  operators = [group "Ops", group "Night"]\n'
                         '  boundary = "PowerUserAccess"\n}\n')
        self.clean(text)
        out = self.objects(text)
        self.assertEqual(re.findall(r"^permission-set (\S+)", out, re.M), ["staff.administrator", "staff.operator"])
        self.assertEqual(len(re.findall(r"^assign staff\.operator", out, re.M)), 2 * 3)
        self.assertNotIn("PS012", [f["code"] for f in self.findings(text)])
        _, shown, _ = self.run_had(["dump", "--after=lower"], text)
        self.assertIn("ssm:StartSession", shown)
        self.assertIn('"staff-operator"', shown)

    def test_personas_need_accounts(self):
        codes = [f["code"] for f in self.findings(self.spec('import "std:personas"\npersonas p {}\n'))]
        self.assertIn("HAD0502", codes)

    # ---- endpoints ----

    def test_endpoints(self):
        text = self.spec('import "std:endpoints"\nsystems-manager reach {\n'
                         "  spoke = spoke shared\n  subnets = [subnet shared.a, subnet shared.b]\n"
                         "  secrets = true\n  logs = true\n  joins = false\n}\n")
        self.clean(text)
        found = re.findall(r'^spoke shared/endpoint "([a-z0-9]+)"', self.objects(text), re.M)
        self.assertEqual(found, ["ec2messages", "logs", "s3", "secretsmanager", "ssm", "ssmmessages"])

    # ---- workload ----

    def test_workload(self):
        rows = "name,zone,size,image\napp-1,a,m6i.large,\napp-2,b,m6i.large,windows-2025\n"
        text = self.spec(DIRECTORY, 'import "std:workload"\nworkload erp {\n  id = 555555555555\n'
                         '  owner = "erp@example.com"\n  ou = ou work\n  hub = hub core\n  cidr = 10.32.0.0/20\n'
                         '  directory = directory aws\n  servers = csv("servers.csv")\n}\n'
                         'workload web {\n  email = "root@example.com"\n  owner = "web@example.com"\n'
                         "  ou = ou work\n  hub = hub core\n  cidr = 10.32.16.0/20\n  hosts = 26\n}\n")
        self.clean(text, {"servers.csv": rows})
        out = self.objects(text, {"servers.csv": rows})
        self.assertRegex(out, r"(?m)^existing account erp ")
        self.assertRegex(out, r"(?m)^account web ")
        self.assertEqual(re.findall(r"^instance (\S+)", out, re.M), ["erp.app-1", "erp.app-2"])
        self.assertIn("spoke erp.main/endpoint", out)
        self.assertNotIn("spoke web.main/endpoint", out)
        _, shown, _ = self.run_had(["dump", "--after=derive"], text, {"servers.csv": rows})
        self.assertRegex(shown, r"spoke web\.main/subnet app\[b\]\n(  .*\n)*?  cidr = 10\.32\.16\.64/26")

    def test_workload_says_what_it_lacks(self):
        start = 'import "std:workload"\nworkload w {\n  owner = "w@example.com"\n  ou = ou work\n' \
                "  hub = hub core\n  cidr = 10.32.0.0/20\n"
        messages = [f["message"] for f in self.findings(self.spec(start, "}\n"))]
        self.assertTrue([m for m in messages if "an `id`, or the `email`" in m], messages)
        messages = [f["message"] for f in self.findings(
            self.spec(start, '  id = 555555555555\n  servers = csv("s.csv")\n}\n'),
            {"s.csv": "name,zone,size\na,a,m6i.large\n"})]
        self.assertTrue([m for m in messages if "servers join a `directory`" in m], messages)

    # ---- rules ----

    BROKEN = {
        "workload-ranges": ("10.99.0.0/16", "networks of workloads lie"),
        "regions": ('["eu-west-2"]', "only Regions that were agreed on"),
        "network-account": ("account app", "hubs stand in the network account"),
        "longest-session": ("2h", "sessions in accounts are short"),
        "longest-administrator-session": ("2h", "sessions of administrators are short"),
        "administrators": ('group "Nobody"', "only administrators are given"),
        "tag-keys": ('["team"]', "carry the tags"),
        "images": ("[amazon-linux-2023]", "images that were agreed on"),
        "private-workloads": ("true", "no public subnets"),
        "flow-logs": ("true", "every VPC writes flow logs"),
        "own-keys": ("true", "a key of our own"),
        "always-mfa": ("true", "a second factor"),
        "approved-waivers": ("true", "waivers are approved"),
    }
    SUBJECT = """
spoke work in account app on hub core {
  cidr = 10.40.0.0/20
  subnet a in zone a { cidr = 10.40.0.0/24, use = public, public-ip = true }
  subnet b in zone b { cidr = 10.40.1.0/24 }
}
instance box in subnet work.b { image = windows-2022, size = "t3.large" }
permission-set admin { policies = "AdministratorAccess", session = 3h }
assign admin to group "Somebody" on every account except account management
waive NET023 on spoke work because "a trial of rules" until 2027-03-31
"""

    def rules(self, body):
        text = self.spec(self.SUBJECT, 'import "std:rules"\nrules ours {\n', body, "}\n")
        text = text.replace('  source         = identity-store', '  source         = identity-store\n  mfa = context')
        return [f["message"] for f in self.findings(text) if f["code"] == "HAD0612"], text

    def test_rules_are_silent_until_they_are_asked_for(self):
        messages, text = self.rules("")
        self.assertEqual(messages, [])
        self.assertNotIn("HAD0414", [f["code"] for f in self.findings(text)])

    def test_each_rule_finds_what_breaks_it_and_only_that(self):
        source = (STDLIB / "rules.had").read_text(encoding="utf-8")
        self.assertEqual(sorted(re.findall(r"^  param ([a-z-]+)", source, re.M)), sorted(self.BROKEN))
        for param, (value, sentence) in self.BROKEN.items():
            messages, _ = self.rules(f"  {param} = {value}\n")
            self.assertTrue(messages, param)
            for message in messages:
                self.assertIn(sentence, message, param)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
