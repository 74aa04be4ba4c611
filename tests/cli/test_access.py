"""had access: who reaches which account with what, by what the spec says, and maybe where it does not say."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HAD = sys.argv[1]
ROOT = pathlib.Path(sys.argv[2])
DAY = "2026-11-24"

SPEC = """had 1

spec people {{ owner = "a@example.com" }}
existing organization acme {{ id = "o-a1b2c3d4e5", management = account root }}
existing account root in organization acme {{ id = 111111111111 }}
existing account web in organization acme {{ id = 222222222222 }}
existing account erp in organization acme {{ id = 333333333333 }}
region eu-west-1 {{ zones = [a, b] }}

identity-center sso in account root at region eu-west-1 {{
  instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  source   = identity-store
}}

permission-set administrator {{ policies = "AdministratorAccess" }}
permission-set power {{ policies = "PowerUserAccess" }}
permission-set bounded {{ policies = "AdministratorAccess", boundary = "ReadOnlyAccess" }}
permission-set operator {{ inline = file("operator.json"){more} }}
permission-set elsewhere {{ customer-policies = "MadeElsewhere" }}

assign administrator to group "Admins" on [account root, account web, account erp]
assign power to group "Engineers" on account web
assign bounded to group "Trainees" on account web
assign operator to group "Operators" on {where}
assign elsewhere to user "carol" on account erp
"""
POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["ec2:Describe*", "ec2:StopInstances"], "Resource": "*" },
    { "Effect": "Allow", "Action": "ec2:StartInstances", "Resource": "*",
      "Condition": { "StringEquals": { "aws:ResourceTag/tier": "web" } } },
    { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*" },
    { "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" },
    { "Effect": "Deny", "Action": "kms:*", "Resource": "*" }
  ]
}
"""


class Access(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-access-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.spec("spec")

    def spec(self, name, where="account web", more="", policy=POLICY):
        folder = self.folder / name
        folder.mkdir()
        (folder / "main.had").write_text(SPEC.format(where=where, more=more))
        (folder / "operator.json").write_text(policy)

    def had(self, *args, status=0):
        done = subprocess.run([HAD, "access", *args, "--as-of", DAY], cwd=self.folder, capture_output=True,
                              timeout=60, text=True, env={**os.environ, "NO_COLOR": "1"})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def answers(self, action, *args):
        out, _ = self.had("spec", "--who-can", action, "--format", "json", *args)
        return {(a["principal"], a["account"]): a["answer"] for a in json.loads(out)["access"]}

    def test_every_assignment_is_a_line(self):
        out, _ = self.had("spec")
        self.assertEqual(sum(line.startswith("  ") for line in out.splitlines()), 7)
        self.assertIn("web (222222222222)\n", out)
        for line in out.splitlines():
            self.assertEqual("every right" in line, "administrator" in line, line)

    def test_yes_where_a_statement_says_so(self):
        self.assertEqual(self.answers("ec2:StopInstances", "--on", "web"),
                         {("Admins", "web"): "yes", ("Engineers", "web"): "yes", ("Operators", "web"): "yes"})
        self.assertEqual(self.answers("EC2:describeinstances", "--on", "222222222222", "--group", "operators"),
                         {("Operators", "web"): "yes"})

    def test_maybe_where_it_depends(self):
        self.assertEqual(self.answers("ec2:StartInstances")[("Operators", "web")], "maybe")  # a condition
        self.assertEqual(self.answers("s3:GetObject")[("Operators", "web")], "maybe")  # some resources
        self.assertEqual(self.answers("ec2:RunInstances")[("carol", "erp")], "maybe")  # an unknown policy

    def test_no_where_it_is_denied_left_out_or_out_of_bounds(self):
        self.assertNotIn(("Operators", "web"), self.answers("kms:Decrypt"))
        self.assertNotIn(("Operators", "web"), self.answers("ec2:TerminateInstances"))
        self.assertNotIn(("Engineers", "web"), self.answers("iam:CreateUser"))
        trainees = ("Trainees", "web")
        self.assertNotIn(trainees, self.answers("ec2:StopInstances"))
        self.assertEqual(self.answers("ec2:DescribeInstances")[trainees], "yes")

    def test_the_reason_has_its_place(self):
        out, _ = self.had("spec", "--who-can", "ec2:StartInstances", "--group", "Operators")
        self.assertIn("maybe  Operators  operator  inline, with conditions (spec/operator.json:5)", out)
        out, _ = self.had("spec", "--who-can", "sqs:SendMessage", "--on", "root", "--group", "Operators")
        self.assertEqual(out, "nobody, by what the spec assigns\n")

    def test_differences_of_two_specs(self):
        self.spec("after", where="[account web, account erp]", more=', policies = "ReadOnlyAccess"',
                  policy=POLICY.replace("ec2:StopInstances", "ec2:RebootInstances"))
        out, _ = self.had("after", "--diff", "spec")
        self.assertIn("+ erp  Operators  operator\n", out)
        self.assertIn("~ permission-set operator: policies none -> ReadOnlyAccess\n", out)
        self.assertIn("~ permission-set operator: inline is another text\n", out)
        out, _ = self.had("spec", "--diff", "after", "--format", "json")
        document = json.loads(out)
        self.assertEqual([(r["principal"], r["account"]) for r in document["removed"]], [("Operators", "erp")])
        self.assertEqual(document["added"], [])
        out, _ = self.had("after", "--diff", "spec", "--who-can", "ec2:StopInstances", "--format", "json")
        document = json.loads(out)
        self.assertEqual([(r["principal"], r["account"]) for r in document["removed"]], [("Operators", "web")])
        self.assertEqual(self.had("spec", "--diff", "spec")[0], "no difference\n")

    def test_what_is_asked_must_be_there(self):
        for args, word in ((["--who-can", "ec2:StopInstance"], "did you mean `ec2:StopInstances`?"),
                           (["--who-can", "ec3:StopInstances"], "did you mean"),
                           (["--who-can", "ec2:*"], "not one action"),
                           (["--who-can", "everything"], "not one action"),
                           (["--on", "wep"], "did you mean `web`?"),
                           (["--group", "Admin"], "did you mean `Admins`?")):
            self.assertIn(word, self.had("spec", *args, status=2)[1], args)

    def test_a_broken_spec_is_told(self):
        (self.folder / "spec" / "more.had").write_text("had 1\nassign nothing to group \"x\" on account web\n")
        out, err = self.had("spec", status=1)
        self.assertEqual(out, "")
        self.assertIn("there is no", err)

    def test_names_do_not_reach_the_terminal_raw(self):
        text = (self.folder / "spec" / "main.had").read_text()
        (self.folder / "spec" / "main.had").write_text(text.replace('"Engineers"', '"Engi\\u{202e}neers"'))
        self.assertNotIn("\u202e", self.had("spec")[0])


unittest.main(argv=[sys.argv[0]])
