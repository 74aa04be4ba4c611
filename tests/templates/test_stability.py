#!/usr/bin/env python3
"""One more workload account changes its own files and the lines that must name it, and nothing else.

    test_stability.py HAD [FIRST_SEED [COUNT]]

To the examples and to random specs (tests/random_specs.py) an account with a spoke is added. Whatever was there
stays in its stack under its logical id with the same properties; what differs names the newcomer: its account, its
range, its address.
"""
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import random_specs  # noqa: E402
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
NUMBERS = [int(sys.argv.pop(1)) for _ in range(2) if len(sys.argv) > 1 and sys.argv[1].isdigit()]
FIRST, COUNT = (NUMBERS + [100, 8][len(NUMBERS):])[:2]
NUMBER = "878787878787"


def newcomer(organization, hub, cidr, spoke=""):
    base = cidr.rsplit(".", 1)[0]
    return f"""
existing account newcomer in {organization} {{ id = {NUMBER}, email = "newcomer@example.com" }}
spoke newcomer in account newcomer on hub {hub} {{
  cidr = {cidr}{spoke}
  subnet app-a in zone a {{ cidr = {base}.0/26 }}
  subnet app-b in zone b {{ cidr = {base}.64/26 }}
}}
"""


def text_of(path):
    data = path.read_bytes()
    return data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8")


def flat(value, path=""):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{path}/{key}")
    elif isinstance(value, list):
        for item in value:
            yield from flat(item, path + "/*")
    else:
        yield path, value


class Stability(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)

    def tearDown(self):
        self.temporary.cleanup()

    def where(self, out):
        """{address: (stack, logical id, body)}"""
        found = {}
        for step in templates.manifest(out):
            if step["kind"] == "stack" and "resources" in step:
                template = templates.load(out / step["template"])
                for logical, address in step["resources"].items():
                    found[address] = (step["id"], logical, template["Resources"][logical])
        return found

    def names(self, text, cidr):
        return any(word in text for word in ("newcomer", "Newcomer", NUMBER, cidr.split("/")[0], cidr.split("/")[0].replace(".", "x")))

    def compare(self, label, one, two, cidr):
        before, after = self.where(one), self.where(two)
        added = set(after) - set(before)
        own = {a for a in added if "newcomer" in a}
        self.assertGreater(len(own), 5, label)
        for address, (stack, logical, body) in before.items():
            self.assertIn(address, after, label)
            other = after[address]
            self.assertEqual((stack, logical), other[:2], f"{label}: {address}")
            if body != other[2]:
                left, right = set(flat(body)), set(flat(other[2]))
                strange = [item for item in right - left if not self.names(str(item[1]), cidr)]
                # Lists of ranges are aggregated: what is gone is covered by what came.
                self.assertFalse(strange, f"{label}: {address}: {sorted(map(str, left ^ right))}")
        for address in added - own:  # a rule or a route for its range
            stack, logical, body = after[address]
            self.assertTrue(self.names(address + json.dumps(body), cidr), f"{label}: {address} is new in {stack}")
        # Files: only its own, those whose resources changed, and the lists of everything.
        lists = {"manifest.json", "runbook.md", "firewall.csv", "bootstrap/accounts.csv", "bootstrap/README.md", ".had-build"}
        templates_touched = set()
        for path in sorted(p.relative_to(two).as_posix() for p in two.rglob("*") if p.is_file()):
            old = one / path
            if path in lists or "/newcomer/" in path:
                continue
            new_text = text_of(two / path)
            if not old.exists():
                self.assertTrue(path.startswith("bootstrap/member-"), f"{label}: {path} is new")
                continue
            old_lines = text_of(old).splitlines()
            strange = [line for line in new_text.splitlines() if line not in set(old_lines) and not self.names(line, cidr)]
            if new_text.splitlines() == old_lines:
                continue
            templates_touched.add(path)
            if path.startswith("cloudformation/"):
                continue  # looked at above, resource by resource
            self.assertFalse([line for line in strange if not re.fullmatch(r'[\s{}\[\],()@;"]*', line)], f"{label}: {path}")
        for path in (p.relative_to(one).as_posix() for p in one.rglob("*") if p.is_file()):
            if not path.startswith("bootstrap/member-"):
                self.assertTrue((two / path).exists(), f"{label}: {path} is gone")
        for path in templates_touched:
            if path.startswith("cloudformation/") and path.endswith(".json") and ".policy." not in path:
                self.sections(label, path, one / path, two / path, cidr)

    def sections(self, label, path, one, two, cidr):
        """Whatever else a template holds names the newcomer, too."""
        old, new = templates.load(one), templates.load(two)
        for section in ("Parameters", "Outputs", "Conditions"):
            for name, body in old.get(section, {}).items():
                self.assertEqual(body, new.get(section, {}).get(name), f"{label}: {path}: {section}.{name}")
            for name, body in new.get(section, {}).items():
                if name not in old.get(section, {}):
                    # an output of what was there is new where only the newcomer reads it
                    text = name + json.dumps(body)
                    self.assertTrue(section == "Outputs" or self.names(text, cidr), f"{label}: {path}: {section}.{name}")

    def both(self, label, spec, cidr, addition):
        one = templates.build(PROGRAM, spec, self.folder / "one", "--json")
        main = spec if spec.is_file() else spec / "newcomer.had"
        main.write_text((main.read_text("utf-8") if main.exists() else "had 1\n") + addition, "utf-8")
        two = templates.build(PROGRAM, spec, self.folder / "two", "--json")
        self.compare(label, one, two, cidr)
        shutil.rmtree(one)
        shutil.rmtree(two)

    def test_random(self):
        tried = 0
        for seed in range(FIRST, FIRST + COUNT):
            spec = random_specs.spec(seed)
            path = self.folder / f"{seed}.had"
            path.write_text(spec.text, "utf-8")
            cidr = "10.30.240.0/24"  # in the ranges of the first Region
            self.both(f"seed {seed}", path, cidr, newcomer("organization example", "hub-0", cidr))
            tried += 1
        self.assertEqual(tried, COUNT)

    def test_example(self):
        spec = self.folder / "vpn-only"
        shutil.copytree(templates.ROOT / "examples/vpn-only", spec)
        cidr = "10.16.40.0/24"
        self.both("vpn-only", spec, cidr, newcomer("organization tidewater", "core", cidr, spoke="\n  segment = segment servers"))


if __name__ == "__main__":
    unittest.main()
