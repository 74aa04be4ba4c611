"""Every example that can be applied to the stand-in, applied, and read back by `had import --live`: the spec that it writes checks without errors
and plans to nothing. Minutes each: with HAD_LONG=1. CI reads the first example back (test_acme.py).
"""

import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

REGIONS = re.compile(r"^region ([a-z0-9-]+)", re.M)


NOT_HERE = {"acme"}  # CI's: test_acme.py


class RoundTrip:
    speed = "600"

    def applied(self):
        """Until nothing is to be done: gates open one behind the other."""
        gates = []
        for _ in range(8):
            gates = common.GATE.findall(self.had("apply", "--yes", "-q", *[a for g in gates for a in ("--confirm", g)], status=None)[0])
            if not gates and "nothing to do" in self.had("plan", "-q", status=None)[0]:
                return

    def test_round_trip(self):
        self.applied()
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode")[0])
        regions = sorted({r for path in self.folder.rglob("?*.had") for r in REGIONS.findall(path.read_text())})
        out, err = self.had("import", "--live", "-o", "found", *[a for r in regions for a in ("--region", r)], status=None)
        print(f"{self.example}: {out}{err if 'error' in err else ''}")
        self.had("check", "-q", "found")
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode", "found")[0])


for name in sorted(p.name for p in (common.ROOT / "examples").iterdir() if (p / "README.md").exists() and p.name not in NOT_HERE):
    label = "".join(word.capitalize() for word in name.split("-"))
    globals()[label] = type(label, (RoundTrip, common.Foundation), {"example": name})

if __name__ == "__main__":
    if not os.environ.get("HAD_LONG"):
        print("skipped: minutes long; HAD_LONG=1 runs it")
        sys.exit(common.SKIPPED)
    common.need_stand_in()
    unittest.main(verbosity=2)
