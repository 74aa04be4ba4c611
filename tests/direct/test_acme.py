"""The whole example from nothing: applied, its gates answered, planned empty; and ended by SIGKILL on the way.

Two ends by default, thirty with HAD_LONG=1. Whatever call the process ended at, the next run finishes the foundation, and
the stand-in holds no object twice.
"""

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

GATE = re.compile(r"^waits for: --confirm '(.*)'$", re.M)
ENDS = [150 + 45 * i for i in range(30)] if os.environ.get("HAD_LONG") else [300, 900]


class Acme(common.Foundation):
    speed = "6000"

    def control(self, name):
        with urllib.request.urlopen(f"{self.env['AWS_ENDPOINT_URL']}/_standin/{name}") as answer:
            return json.load(answer)

    def doubled(self):
        """Tokens that stand on more than one object."""
        tokens = collections.Counter()

        def walk(value):
            if isinstance(value, dict):
                key = value.get("Key") or value.get("key") or value.get("TagKey")
                if key == "had:token":
                    tokens[value.get("Value") or value.get("value") or value.get("TagValue")] += 1
                for member in value.values():
                    walk(member)
            elif isinstance(value, list):
                for member in value:
                    walk(member)

        for table, objects in self.control("dump").items():
            if isinstance(objects, (dict, list)):
                walk(objects)
        return [token for token, count in tokens.items() if count > 1]

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
        self.assertEqual(done.returncode, 3, done.stdout[-4000:] + done.stderr[-2000:])
        gates = GATE.findall(done.stdout)
        self.assertGreater(len(gates), 5)
        self.had("apply", "--yes", "-q", *[a for gate in gates for a in ("--confirm", gate)])
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode")[0])
        self.assertEqual(self.doubled(), [])
        kept = "".join(p.read_text() for p in (self.folder / ".had").rglob("*") if p.is_file())
        secrets = {s for s in re.findall(r'"SecretString": "((?:[^"\\]|\\.)*)"', json.dumps(self.control("dump")))}
        self.assertTrue(secrets, "the stand-in has no secrets: nothing was looked for")
        for secret in secrets:
            for value in re.findall(r'\\"Password\\": *\\"([^\\"]+)', secret) or [secret]:
                self.assertNotIn(value, kept)
        print(f"{len(ENDS)} ends by SIGKILL; doubled 0; secrets in state and journal 0 of {len(secrets)}")


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main()
