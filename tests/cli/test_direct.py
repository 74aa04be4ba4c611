"""`had` and had-direct are one program to the user, and two files to the loader: test_direct.py HAD ROOT"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HAD = pathlib.Path(sys.argv[1])
ROOT = pathlib.Path(sys.argv[2])
DIRECT = HAD.with_name("had-direct")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secretsecret", "AWS_REGION": "eu-west-1"}


class Direct(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-direct-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_it(self, program, *args, status=0, stdin=None):
        done = subprocess.run([program, *args], cwd=self.folder, input=stdin, capture_output=True, timeout=60, text=True,
                              env={**KEYS, "PATH": "/nonexistent", "HOME": str(self.folder)})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def test_had_does_not_load_the_client(self):
        libraries = subprocess.run(["ldd", HAD], capture_output=True, text=True, check=True).stdout
        self.assertIn("libc.so", libraries)
        self.assertIsNone(re.search("curl|expat|libssl", libraries), libraries)
        self.assertIn("libcurl", subprocess.run(["ldd", DIRECT], capture_output=True, text=True, check=True).stdout)

    def test_every_command_explains_itself_the_same_in_both(self):
        out, _ = self.run_it(HAD, "--help")
        commands = re.findall(r"^  (\S+)  ", out, re.M)
        self.assertIn("aws", commands)
        for command in commands:
            with self.subTest(command):
                self.assertEqual(self.run_it(HAD, command, "--help"), self.run_it(DIRECT, command, "--help"))
                self.assertEqual(self.run_it(HAD, "help", command), self.run_it(DIRECT, command, "--help"))
        self.assertEqual(self.run_it(HAD, "version"), self.run_it(DIRECT, "version"))

    def test_each_direct_command_is_carried(self):
        table = (ROOT / "compiler/cli/cli.c").read_text()
        direct = [row[1] for row in re.finditer(r'\{\.name = "(\w+)"((?:(?!\{\.name).)*)', table, re.S)
                  if ".direct = true" in row[2]]
        self.assertIn("aws", direct)
        carried = re.findall(r'\{"(\w+)", had_cmd_\w+\}', (ROOT / "runtime/direct/main.c").read_text())
        self.assertEqual(sorted(direct), sorted(carried))

    def test_input_output_and_status_pass_through(self):
        out, _ = self.run_it(HAD, "aws", "sts", "GetCallerIdentity", "--dry-run", "--params", "-", stdin="{}")
        self.assertTrue(out.startswith("POST https://sts.eu-west-1.amazonaws.com/"), out)
        self.assertNotIn("secretsecret", out)
        self.run_it(HAD, "aws", "sts", "GetCallerIdentity", "--params", "[]", status=2)
        _, said = self.run_it(HAD, "aws", "stz", status=2)
        self.assertIn("did you mean `sts`", said)

    def test_import_takes_one_way(self):
        _, said = self.run_it(HAD, "import", "--live", "--map", "import.json", "-o", "x", status=2)
        self.assertIn("say one of them", said)
        self.assertFalse((self.folder / "x").exists())

    def test_links_lead_to_it(self):
        (self.folder / "bin").mkdir()
        link = self.folder / "bin/had"
        link.symlink_to(HAD)
        self.assertEqual(self.run_it(link, "aws"), self.run_it(HAD, "aws"))

    def test_missing_or_unusable(self):
        alone = self.folder / "bin/had"
        alone.parent.mkdir()
        shutil.copy(HAD, alone)
        out, said = self.run_it(alone, "aws", "sts", status=2)
        self.assertEqual(out, "")
        self.assertIn("had: `had aws` is run by the program had-direct, which is missing", said)
        self.assertIn(f"{self.folder}/bin/had-direct", said)
        self.run_it(alone, "version")
        self.assertIn("usage: had aws", self.run_it(alone, "help", "aws")[0])
        (self.folder / "bin/had-direct").write_text("#!/bin/sh\n")
        os.chmod(self.folder / "bin/had-direct", 0o644)
        self.assertIn("Permission denied", self.run_it(alone, "aws", status=2)[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
