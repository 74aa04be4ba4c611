"""What the tests of direct execution share: a stand-in for a spec, and `had` against it."""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HAD = pathlib.Path(os.environ.get("HAD", "had")).resolve()
STAND_IN = ROOT / "tests/aws/standin"
SKIPPED = 77
GATE = re.compile(r"^waits for: --confirm '(.*)'$", re.M)


def need_stand_in():
    """Ends with 77 where the packages of the stand-in are not installed."""
    if subprocess.run([STAND_IN, "--help"], capture_output=True, check=False).returncode:
        print("skipped: the packages of tests/aws/requirements.txt are not installed")
        sys.exit(SKIPPED)


class Foundation(unittest.TestCase):
    """A stand-in that knows the accounts of an example, and a copy of it to change."""

    example = "acme"
    speed = "600"

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="had-operate-"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        cls.folder = cls.top / cls.example
        shutil.copytree(ROOT / "examples" / cls.example, cls.folder)
        url = cls.top / "url"
        with (cls.top / "settings").open("w") as out:
            server = subprocess.Popen([STAND_IN, "--spec", cls.folder, "--had", HAD, "--speed", cls.speed, "--url-file", url], stdout=out)  # fmt: skip
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.terminate)
        for _ in range(600):
            if url.exists() and url.read_text():
                break
            if server.poll() is not None:
                raise AssertionError("the stand-in has ended")
            time.sleep(0.1)
        settings = dict(line.split("=", 1) for line in (cls.top / "settings").read_text().splitlines())
        cls.env = {**settings, "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true", "HAD_STDLIB": str(ROOT / "stdlib"), "HAD_CLOCK_SPEED": cls.speed,
                   "HOME": str(cls.top), "PATH": "/usr/bin:/bin", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}  # fmt: skip

    def control(self, name, body=None):
        """What the stand-in says of itself; with a body, what it is told to do."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.env['AWS_ENDPOINT_URL']}/_standin/{name}", data) as answer:
            return json.load(answer)

    def doubled(self, least=0):
        """Tokens that stand on more than one object; `least` there are in all."""
        tokens = collections.Counter(row["tags"].get("had:token") for row in self.control("objects"))
        del tokens[None]
        self.assertGreaterEqual(len(tokens), least)
        return [token for token, count in tokens.items() if count > 1]

    def run_plain(self, *args, env=None):
        return subprocess.run([HAD, *args], cwd=self.folder, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL,
                              env={**self.env, **(env or {})}, check=False)  # fmt: skip

    def had(self, *args, status=0, env=None):
        """Its output and its messages, findings of the spec left out."""
        done = self.run_plain(*args, env=env)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{args}\n{done.stdout}{done.stderr}")
        return done.stdout, done.stderr
