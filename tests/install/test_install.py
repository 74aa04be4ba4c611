"""The installed tree: test_install.py CMAKE BUILD ROOT VERSION"""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, ROOT, VERSION = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-install-"))
        cls.tree = cls.folder / "a prefix"
        done = subprocess.run([CMAKE, "--install", BUILD, "--prefix", cls.tree], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def had(self, *args, program=None):
        env = {k: v for k, v in os.environ.items() if k != "HAD_STDLIB"}
        done = subprocess.run([program or self.tree / "bin/had", *map(str, args)], cwd=self.folder, env=env, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode()

    def test_the_program_finds_its_modules(self):
        self.assertTrue((self.tree / "share/had/stdlib/personas.had").is_file())
        example = self.tree / "share/doc/had/examples/vpn-only"  # imports std: modules
        self.assertIn("0 errors", self.had("check", "--as-of", "2026-11-24", example))
        self.had("build", "--as-of", "2026-11-24", example, "-o", "out")

    def test_direct_commands_find_their_program(self):
        direct = self.tree / "libexec/had/had-direct"
        self.assertTrue(os.access(direct, os.X_OK))
        self.assertFalse((self.tree / "bin/had-direct").exists())
        self.assertIn("sts\n", self.had("aws"))
        example = self.tree / "share/doc/had/examples/vpn-only"
        self.assertEqual(self.had("check", "--as-of", "2026-11-24", example),
                         self.had("check", "--as-of", "2026-11-24", example, program=direct))

    def test_each_command_has_a_page(self):
        pages = {p.name for p in (self.tree / "share/man/man1").iterdir()}
        commands = re.findall(r"^  (\S+)  ", self.had("--help"), re.M)
        self.assertEqual(pages, {"had.1.gz", *(f"had-{c}.1.gz" for c in commands)})
        self.assertTrue((self.tree / "share/man/man5/had.5.gz").is_file())

    def test_pages_are_well_formed(self):
        lint = shutil.which("mandoc")
        groff = shutil.which("groff")
        if not lint and not groff:
            self.skipTest("neither mandoc nor groff is installed")
        for page in (self.tree / "share/man").rglob("*.gz"):
            text = gzip.decompress(page.read_bytes())
            self.assertEqual(page.read_bytes()[4:8], b"\0\0\0\0", "a time in the file makes each build another one")
            if lint:
                done = subprocess.run([lint, "-Tlint", "-Wwarning"], input=text, capture_output=True, check=False)
                self.assertEqual(done.stdout.decode(), "", page.name)
            if groff:
                done = subprocess.run([groff, "-man", "-K", "utf8", "-Tutf8", "-ww", "-z"], input=text, capture_output=True, check=False)
                self.assertEqual(done.stderr.decode(), "", page.name)

    def test_completion_is_where_shells_look(self):
        for path, shell in (("bash-completion/completions/had", "bash"), ("zsh/site-functions/_had", "zsh"),
                            ("zsh/vendor-completions/_had", "zsh"), ("fish/vendor_completions.d/had.fish", "fish")):
            self.assertEqual((self.tree / "share" / path).read_text(), self.had("completion", shell), path)

    def test_pages_and_scripts_come_along(self):
        doc = self.tree / "share/doc/had"
        for path in ("README.md", "LICENSE", "copyright", "changelog.gz", "docs/guide/first-foundation.md", "docs/reference/kinds/spoke.md",
                     "examples/acme/identity.had"):
            self.assertTrue((doc / path).is_file(), path)
        self.assertTrue(os.access(self.tree / "share/had/ci/scripts/check.sh", os.X_OK))

    def test_one_version(self):
        self.assertTrue(self.had("version").startswith(f"had {VERSION}"))
        changes = (ROOT / "CHANGELOG.md").read_text()
        version, day = re.search(r"^## (\S+) \((\d{4}-\d{2}-\d{2})\)$", changes, re.M).groups()
        self.assertEqual(version, VERSION)
        page = gzip.decompress((self.tree / "share/man/man1/had.1.gz").read_bytes()).decode()
        self.assertIn(f'.TH HAD 1 {day} "had {VERSION}"', page)
        entry = gzip.decompress((self.tree / "share/doc/had/changelog.Debian.gz").read_bytes()).decode()
        self.assertIn(f"had ({VERSION}-1)", entry)
        self.assertIn(f"{int(day[8:])} ", entry.split("  ")[-1])
        cmake = (ROOT / "CMakeLists.txt").read_text()
        self.assertEqual(len(re.findall(re.escape(VERSION), cmake)), 1, "the version stands in one place")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
