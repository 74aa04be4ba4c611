"""The whole example from nothing: applied, its gates answered, planned empty; and ended by SIGKILL thirty times on the way.

Whatever call the process ended at, the next run goes on from there, and the stand-in holds no object twice.
"""

import json
import pathlib
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

FAILED = re.compile(r"^.*FAILED.*\n.*\n", re.M)
# Steps that a run does before it is ended: of twenty runs before the gates are answered, and ten behind.
BEFORE, BEHIND = [1 + 5 * i % 13 for i in range(20)], [1 + i % 3 for i in range(10)]


class Acme(common.Foundation):
    speed = "600"

    def secret(self, name):
        role = "arn:aws:iam::333333333333:role/had-deploy"
        answer = self.had("aws", "secretsmanager", "GetSecretValue", "--role", role, "--params", json.dumps({"SecretId": name}))[0]
        return json.loads(json.loads(answer)["SecretString"])["Password"]

    def killed_after(self, steps, *args):
        """Starts an apply and ends it as soon as it has told of so many steps done, whatever it is at then."""
        process = subprocess.Popen([common.HAD, "apply", "--yes", "-q", "--format", "json", *args], cwd=self.folder, env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
        done = 0
        while done < steps and (line := process.stdout.readline()):
            done += '"event":"done"' in line
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertEqual((process.returncode, done), (-signal.SIGKILL, steps))
        self.kept += self.state()

    def state(self):
        """All that stands in the state's files, the journal of a run that was cut off among them."""
        return "".join(p.read_text() for p in (self.folder / ".had").rglob("*") if p.is_file())

    def test_from_nothing(self):
        self.kept = ""
        for steps in BEFORE:
            self.killed_after(steps)
        done = subprocess.run([common.HAD, "apply", "--yes", "-q"], cwd=self.folder, env=self.env, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=280, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 3, "".join(FAILED.findall(done.stdout)) + done.stdout[-4000:] + done.stderr[-2000:])
        gates = common.GATE.findall(done.stdout)
        self.assertGreater(len(gates), 5)
        answers = [a for gate in gates for a in ("--confirm", gate)]
        for steps in BEHIND:
            self.killed_after(steps, *answers)
        self.had("apply", "--yes", "-q", *answers)
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode")[0])
        self.assertEqual(self.doubled(least=51), [])
        # what stands there now, read without its spec and its state, is a spec whose plan is empty
        self.had("import", "--live", "-q", "-o", "found")
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode", "found")[0])
        self.kept += self.state()
        self.assertIn("ad/trust/aws-corp", self.kept)  # its name, and
        for name in ("ad/aws/admin", "ad/trust/aws-corp", "had/corp/safe-mode"):
            self.assertNotIn(self.secret(name), self.kept)
        print(f"{len(BEFORE) + len(BEHIND)} ends by SIGKILL; doubled 0; secrets in state and journal 0 of 3")


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main()
