"""Examples to their end: applied from nothing, gates answered, planned empty, destroyed, and nothing left of them.

Part of one by default: a directory with a Region added to it. Two whole examples with HAD_LONG=1.
"""

import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

LONG = os.environ.get("HAD_LONG")
LOSES = re.compile(r"^        needs: --acknowledge '(.*)'$", re.M)
LET_GO = re.compile(r"^    × (.*?)  AWS::", re.M)
ROUNDS = 6


def each(option, values):
    return [word for value in values for word in (option, value)]


class Example(common.Foundation):
    targets = ()

    def run_had(self, *args):
        done = self.run_plain(*args, "-q", *each("--target", self.targets))
        self.assertNotIn("FAILED", done.stdout, done.stderr)
        return done

    def ours(self):
        """Addresses of what carries our tags; rules of groups and profiles stand for what they belong to."""
        return [row for row in self.control("objects") if any(key.startswith("had:") for key in row["tags"])]

    def apply(self):
        gates = []
        for _ in range(ROUNDS):
            done = self.run_had("apply", "--yes", *each("--confirm", gates))
            if done.returncode != 3:
                break
            gates = common.GATE.findall(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-1000:])

    def destroy(self):
        """What has been let go of."""
        first = self.run_had("destroy", "--yes")
        loses = LOSES.findall(first.stdout)
        self.assertEqual(first.returncode, 1, first.stdout[-3000:])
        self.assertIn("nobody acknowledged it; nothing was done", first.stderr)
        self.assertNotIn("because: it is to be destroyed", first.stdout)
        gates, kept = [], set()
        for _ in range(ROUNDS):
            done = self.run_had("destroy", "--yes", *each("--acknowledge", loses), *each("--confirm", gates))
            kept.update(LET_GO.findall(done.stdout))
            if done.returncode != 3:
                break
            gates = common.GATE.findall(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-1000:])
        return loses, kept

    def life(self):
        self.apply()
        self.assertIn("nothing to do", self.run_had("plan", "--detailed-exitcode").stdout)
        self.assertIn("No drift", self.run_had("plan", "--refresh-only").stdout)
        made = len(self.ours())
        loses, kept = self.destroy()
        if not self.targets:
            self.assertEqual(self.had("state", "list")[0], "")
            left = {row["tags"].get("had:address", "?").replace("_", "") for row in self.ours()}
            self.assertLessEqual(left, {re.sub(r"[\[\]\"_]", "", address) for address in kept})
        print(f"{self.example}: {made} tagged objects made; {len(loses)} acknowledged; {len(self.ours())} left, {len(kept)} let go of")
        return loses


class AddedRegion(Example):
    example = "multi-region"
    targets = ("directory aws/replica eu-central-1",)

    def test_added_region(self):
        loses = self.life()
        self.assertEqual(sorted(loses), ["directory aws/replica eu-central-1:log-group", "directory aws/replica eu-central-1:region"])


@unittest.skipUnless(LONG, "with HAD_LONG=1")
class MultiRegion(Example):
    example = "multi-region"

    def test_life(self):
        self.assertIn("directory aws:directory", self.life())


@unittest.skipUnless(LONG, "with HAD_LONG=1")
class TwoForests(Example):
    example = "two-forests"

    def test_life(self):
        self.assertIn("trust directory aws/forest seedbank:trust", self.life())


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main()
