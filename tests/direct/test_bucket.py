"""A state in a bucket, with `had` as it is: its lock, the lock's beat and end, the fence behind it, puts with conditions.

Things in the stand-in take longer than `had` thinks, so that there is time to look. A lock without a beat is free after five
minutes by the clock on the wall: that is waited for with HAD_LONG=1 alone; else a person breaks it.
"""

import base64
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

ROLE = "arn:aws:iam::333333333333:role/had-deploy"
PART = ("--target", "spoke erp.main")
LOCK = "acme-identity/lock"
LONG = os.environ.get("HAD_LONG")
HOLDER = re.compile(r"had state unlock ([0-9a-f-]+)")


class Bucket(common.Foundation):
    speed = "20"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["HAD_CLOCK_SPEED"] = "60"
        with (cls.folder / "state.had").open("w") as out:
            out.write('had 1\n\nstate s3 "acme-state" in account shared-services at region eu-west-1\n')

    def setUp(self):
        self.started = []
        self.addCleanup(lambda: [p.kill() or p.wait() for p in self.started if p.poll() is None])

    def s3(self, operation, **params):
        done = self.run_plain("aws", "s3", operation, "--role", ROLE, "--params", json.dumps({"Bucket": "acme-state", **params}))
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else {}

    def keys(self):
        return [row["Key"] for row in self.s3("ListObjectsV2").get("Contents", [])]

    def beat(self):
        """When the holder said last that it lives."""
        return json.loads(base64.b64decode(self.s3("GetObject", Key=LOCK)["Body"]))["beat"]

    def start(self, *args):
        process = subprocess.Popen([common.HAD, *args], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)  # fmt: skip
        self.started.append(process)
        return process

    def start_of(self, verb):
        """Starts a run, and waits until it holds the lock and has fenced off whoever held it before."""
        before = self.journal()
        process = self.start(verb, "--yes", "-q", *PART)
        while process.poll() is None and self.journal() <= before:
            time.sleep(0.05)
        if process.poll() is not None:
            self.fail("it ended too soon to be looked at: " + "".join(process.communicate())[-1500:])
        return process

    def journal(self):
        return max([key for key in self.keys() if "/journal/" in key], default="")

    def test_life(self):
        self.s3("CreateBucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

        # one writes and keeps its lock fresh; the other is told by whom
        first = self.start_of("apply")
        refused = self.had("apply", "--yes", "-q", *PART, status=1)[1]
        self.assertIn("apply", refused)
        self.assertRegex(refused, HOLDER)
        beat = self.beat()
        for _ in range(100):
            if self.beat() > beat:
                break
            time.sleep(0.1)
        self.assertGreater(self.beat(), beat)
        self.had("apply", "--yes", "-q", *PART, status=1)
        # a plan only reads, and a third waits for its turn
        self.had("plan", "-q", *PART)
        waits = self.start("apply", "--yes", "-q", "--lock-timeout", "3600", *PART)
        out, err = first.communicate(timeout=120)
        self.assertEqual(first.returncode, 0, out[-2000:] + err[-1000:])
        out, err = waits.communicate(timeout=120)
        self.assertEqual(waits.returncode, 0, out[-2000:] + err[-1000:])
        keys = self.keys()
        self.assertNotIn(LOCK, keys)
        self.assertIn("acme-identity/index.json", keys)
        self.assertFalse((self.folder / ".had").exists())
        self.assertIn("nothing to do", self.had("plan", "-q", *PART)[0])

        # stopped, and its lock taken: whoever wakes up then writes nothing more
        sleeper = self.start_of("destroy")
        sleeper.send_signal(signal.SIGSTOP)
        holder = HOLDER.search(self.had("apply", "--yes", "-q", *PART, status=1)[1])[1]
        if LONG:
            time.sleep(301)
        else:
            self.had("state", "unlock", holder)
        self.had("apply", "--yes", "-q", *PART)
        done = self.keys()
        sleeper.send_signal(signal.SIGCONT)
        out, err = sleeper.communicate(timeout=120)
        self.assertEqual(sleeper.returncode, 1, out[-2000:] + err[-1000:])
        self.assertIn("another run", err)
        self.assertEqual(sorted(self.keys()), sorted(done))
        # what it had begun to take away before it was stopped is there again, once AWS shows that it is gone
        for _ in range(10):
            self.had("apply", "--yes", "-q", *PART)
            plan = self.had("plan", "-q", *PART)[0]
            if "nothing to do" in plan:
                break
            time.sleep(0.5)
        self.assertIn("nothing to do", plan)
        self.assertEqual(self.doubled(), [])

        # ended: its lock stays, and is broken by its id and no other
        dead = self.start_of("destroy")
        dead.kill()
        dead.wait()
        holder = HOLDER.search(self.had("apply", "--yes", "-q", *PART, status=1)[1])[1]
        self.had("state", "unlock", "0" * len(holder), status=1)
        self.assertIn(LOCK, self.keys())
        self.had("state", "unlock", holder)
        self.assertNotIn(LOCK, self.keys())
        self.had("destroy", "--yes", "-q", *PART)
        self.assertEqual(self.doubled(), [])


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main()
