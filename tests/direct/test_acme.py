"""The whole example from nothing: applied, its gates answered, planned empty; and ended by SIGKILL on the way.

One end by default, thirty with HAD_LONG=1. Whatever call the process ended at, the next run finishes the foundation, and
the stand-in holds no object twice.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

FAILED = re.compile(r"^.*FAILED.*\n.*\n", re.M)
ENDS = [150 + 45 * i for i in range(30)] if os.environ.get("HAD_LONG") else [500]


class Acme(common.Foundation):
    speed = "600"

    def secret(self, name):
        role = "arn:aws:iam::333333333333:role/had-deploy"
        answer = self.had("aws", "secretsmanager", "GetSecretValue", "--role", role, "--params", json.dumps({"SecretId": name}))[0]
        return json.loads(json.loads(answer)["SecretString"])["Password"]

    def killed_after(self, calls):
        """Starts an apply and ends it when the stand-in has seen so many calls of it."""
        begin = self.control("health")["calls"]
        process = subprocess.Popen([common.HAD, "apply", "--yes", "-q"], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        while process.poll() is None and self.control("health")["calls"] < begin + calls:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def test_from_nothing(self):
        for calls in ENDS:
            self.killed_after(calls)
        done = subprocess.run([common.HAD, "apply", "--yes", "-q"], cwd=self.folder, env=self.env, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=280, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 3, "".join(FAILED.findall(done.stdout)) + done.stdout[-4000:] + done.stderr[-2000:])
        gates = common.GATE.findall(done.stdout)
        self.assertGreater(len(gates), 5)
        self.had("apply", "--yes", "-q", *[a for gate in gates for a in ("--confirm", gate)])
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode")[0])
        self.assertEqual(self.doubled(least=51), [])
        # what stands there now, read without its spec and its state, is a spec whose plan is empty
        self.had("import", "--live", "-q", "-o", "found")
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode", "found")[0])
        kept = "".join(p.read_text() for p in (self.folder / ".had").rglob("*") if p.is_file())
        for name in ("ad/aws/admin", "ad/trust/aws-corp", "had/corp/safe-mode"):
            self.assertNotIn(self.secret(name), kept)
        print(f"{len(ENDS)} ends by SIGKILL; doubled 0; secrets in state and journal 0 of 3")


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main()
