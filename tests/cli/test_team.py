"""What a team meets beside `check` and `build`: a first spec, completion, explanations, snapshots."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HAD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(sys.argv[2]).resolve()
ACME = ROOT / "examples/acme"


class Team(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-team-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def had(self, *args, status=0, stdin="", cwd=None):
        done = subprocess.run([HAD, *map(str, args)], cwd=cwd or self.folder, input=stdin.encode(), capture_output=True,
                              timeout=60, env={**os.environ, "NO_COLOR": "1", "HAD_STDLIB": str(ROOT / "stdlib")})
        self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode(), done.stderr.decode()

    # ---- init ----

    def test_the_first_spec_passes_and_is_formatted(self):
        out, _ = self.had("init", "new")
        self.assertIn("had check new", out)
        self.assertIn("example: 0 errors, 0 warnings", self.had("check", "new")[0])
        self.had("fmt", "--check", "new")
        self.had("build", "new", "-o", "out")
        self.assertTrue((self.folder / "new/.gitignore").is_file())
        workflow = (self.folder / "new/.github/workflows/had.yml").read_text()
        for used in re.findall(r"uses: \./\.had-compiler/(\S+)", workflow):
            self.assertTrue((ROOT / used / "action.yml").is_file(), used)

    def test_init_overwrites_nothing(self):
        (self.folder / ".gitignore").write_text("mine\n")
        self.assertIn(".gitignore is there already", self.had("init")[0])
        self.assertEqual((self.folder / ".gitignore").read_text(), "mine\n")
        (self.folder / "main.had").write_text("had 1\n")
        _, err = self.had("init", status=2)
        self.assertIn("there is a spec already: main.had", err)
        self.assertEqual((self.folder / "main.had").read_text(), "had 1\n")
        other = self.folder / "other"
        other.mkdir()
        (other / "network.had").write_text("had 1\n")
        self.had("init", "other", status=2)
        self.assertEqual([p.name for p in other.iterdir()], ["network.had"])

    def test_init_follows_no_link(self):
        (self.folder / "elsewhere").mkdir()
        (self.folder / "spec").mkdir()
        (self.folder / "spec/.gitignore").symlink_to(self.folder / "elsewhere/gitignore")
        self.had("init", "spec")
        self.assertEqual(list((self.folder / "elsewhere").iterdir()), [])

    # ---- explain ----

    def names(self):
        out, _ = self.had("explain")
        kinds, types, functions, groups = re.split(r"\n\n\S.*\n", out.split("\n", 1)[1])[:4]
        kinds = " ".join(line[28:] if line.startswith("  ") else line for line in kinds.splitlines())
        return kinds.split(), types.split(), functions.split(), groups.split("\n\n")[0].split()

    def test_every_name_is_explained(self):
        kinds, types, functions, groups = self.names()
        self.assertGreater(len(kinds), 50)
        self.assertIn("spoke", kinds)
        self.assertIn("account-id", types)
        self.assertIn("slice", functions)
        self.assertIn("DNS", groups)
        out, _ = self.had("explain", *groups)
        for name in groups:
            self.assertIn(f"\n{name}", "\n" + out)
        for name in kinds + types + functions:
            self.assertGreater(len(self.had("explain", name)[0].splitlines()), 1, name)
        _, err = self.had("explain", "spoke", "spokee", status=2)
        self.assertIn("did you mean `spoke`", err)

    def test_every_attribute_and_clause_is_explained(self):
        kinds, *_ = self.names()
        seen = 0
        for kind in kinds:
            part, names = None, []
            for line in self.had("explain", kind)[0].split("\n---\n")[0].splitlines():
                if line and not line.startswith(" "):
                    part = line
                name = re.match(r"  ([a-z0-9-]+) : ", line)
                if name and part in ("Attributes", "Clauses"):
                    names.append(f"{kind}.{name[1]}")
            if names:
                out, _ = self.had("explain", *names)
                self.assertEqual(len(out.split("\n---\n")), len(names), kind)
            seen += len(names)
        self.assertGreater(seen, 300)
        self.assertIn("DNS servers", self.had("explain", "spoke.dhcp.dns")[0])
        self.had("explain", "spoke.dhcp.nothing", status=2)

    def test_every_code_is_explained(self):
        codes = [rule["code"] for rule in json.loads(self.had("rules", "--format=json")[0])]
        codes += [f"HAD{n}" for n in re.findall(r"^D\((\d{4}),", (ROOT / "compiler/diag/catalog.def").read_text(), re.M)]
        self.assertGreater(len(codes), 250)
        parts = self.had("explain", *map(str.lower, codes))[0].split("\n---\n\n")
        self.assertEqual(len(parts), len(codes))
        for code, part in zip(codes, parts):
            self.assertTrue(part.startswith(code + ": "), code)
            self.assertIn("severity", part)

    def test_a_name_of_two_things_has_two_parts(self):
        out, _ = self.had("explain", "policy")
        self.assertIn("IAM::ManagedPolicy", out)
        self.assertIn("An IAM policy document as JSON", out)
        self.assertIn("389/tcp", self.had("explain", "ad-member")[0])

    def test_rules_of_a_group(self):
        out, _ = self.had("rules", "dns")
        self.assertTrue(all(line.startswith("DNS") for line in out.splitlines()))
        self.assertGreater(len(out.splitlines()), 3)
        _, err = self.had("rules", "DSN", status=2)
        self.assertIn("did you mean `DNS`", err)

    # ---- completion ----

    def script(self, shell):
        path = self.folder / f"had.{shell}"
        path.write_text(self.had("completion", shell)[0])
        return path

    def shell(self, *args, **kw):
        done = subprocess.run(args, capture_output=True, timeout=60, cwd=kw.get("cwd", self.folder),
                              env={**os.environ, "HOME": str(self.folder), "PATH": f"{HAD.parent}:{os.environ['PATH']}"})
        self.assertEqual(done.stderr.decode(), "", args)
        self.assertEqual(done.returncode, 0, args)
        return done.stdout.decode().splitlines()

    def bash(self, line):
        """Completions of a line, cut as bash cuts it."""
        words = re.findall(r"=|[^ =]+", line) + ([""] if line.endswith(" ") else [])
        given = " ".join(f"'{w}'" for w in words)
        return self.shell("bash", "--norc", "-c", f"source '{self.script('bash')}'; COMP_WORDS=({given}); "
                          f"COMP_CWORD={len(words) - 1}; _had; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
                          cwd=ROOT / "examples/acme")

    def test_bash(self):
        commands = re.findall(r"^  (\S+)  ", self.had("--help")[0], re.M)
        self.assertLessEqual(set(commands), set(self.bash("had ")))
        self.assertIn("snapshot", self.bash("had s"))
        for command in commands:
            options = set(re.findall(r"(--[a-z-]+)", self.had(command, "--help")[0].split("options", 1)[1]))
            self.assertLessEqual(set(self.bash(f"had {command} --")), options, command)
            self.assertIn("--help", self.bash(f"had {command} --"))
        self.assertEqual(self.bash("had check --format sa"), ["sarif"])
        self.assertEqual(self.bash("had check --format=sa"), ["sarif"])
        self.assertEqual(self.bash("had graph --format "), ["dot", "mermaid", "svg", "json"])
        self.assertEqual(self.bash("had check --fail-on w"), ["warning"])
        self.assertIn("DC002", self.bash("had explain DC00"))
        self.assertEqual(self.bash("had rules DN"), ["DNS"])
        self.assertIn("identity.had", self.bash("had check "))
        self.assertIn("modules", self.bash("had check "))
        self.assertNotIn("README.md", self.bash("had check "))
        self.assertIn("README.md", self.bash("had check --baseline "))
        self.assertEqual(self.bash("had build -o p"), ["policies"])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        script = self.script("fish")
        ask = lambda line: [c.split("\t")[0] for c in self.shell("fish", "--no-config", "-c",
                                                                f"source '{script}'; complete -C '{line}'", cwd=ACME)]
        self.assertIn("snapshot", ask("had s"))
        self.assertIn("--fail-on", ask("had check --f"))
        self.assertNotIn("--fail-on", ask("had fmt --f"))
        self.assertEqual(ask("had check --format sa"), ["sarif"])
        self.assertEqual(ask("had rules DN"), ["DNS"])
        self.assertIn("identity.had", ask("had check i"))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        script = self.script("zsh")
        # What _arguments would be told, for a line that is cut into words.
        ask = lambda words: self.shell("zsh", "-f", "-c", f"""
            compdef() {{ }}
            _describe() {{ print -rl -- ${{(P)2}} }}
            _arguments() {{ print -rl -- "$words[*]" "$@" }}
            source '{script}'
            words=({words}); CURRENT=${{#words}}
            _had""")
        self.assertTrue(any(line.startswith("snapshot:") for line in ask("had s")))
        check = ask("had check --f")
        self.assertEqual(check[0], "check --f")
        self.assertTrue(any(line.startswith("--format=[") and "(text short json" in line for line in check), check)
        self.assertTrue(any(line.startswith("*:") and "*.had" in line for line in check), check)
        self.assertFalse(any("--baseline" in line for line in ask("had fmt --")))

    @staticmethod
    def read_until(terminal, mark):
        """What a terminal shows until the mark, the end of its program or a minute."""
        screen, end = b"", time.monotonic() + 60
        while time.monotonic() < end and not (mark and mark in screen):
            try:
                if select.select([terminal], [], [], 1)[0]:
                    screen += os.read(terminal, 65536)
            except OSError:
                break
        return screen

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes_what_is_typed(self):
        """A zsh on a terminal of its own, with its completion system; what stands in the line after Tab is written down."""
        functions = self.folder / "functions"
        functions.mkdir()
        (functions / "_had").write_text(self.had("completion", "zsh")[0])
        typed = {"had sn": "had snapshot ", "had check --fail-o": "had check --fail-on=", "had check --format sa": "had check --format sarif ",
                 "had check --format=sa": "had check --format=sarif ", "had check --fail-on w": "had check --fail-on warning ",
                 "had rules DN": "had rules DNS ", "had check ide": "had check identity.had ",
                 "had check --baseline READ": "had check --baseline README.md ", "had build -o poli": "had build -o policies/",
                 "had fmt --base": "had fmt --base", "had explain DC00": "had explain DC00", "had completion z": "had completion zsh "}
        seen = self.folder / "seen"
        start = (f"fpath=('{functions}' $fpath); autoload -Uz compinit; compinit -u -d '{self.folder}/dump'; "
                 f"note() {{ print -r -- $BUFFER >>'{seen}' }}; zle -N note; bindkey '^T' note; bindkey '^I' complete-word; "
                 f"unsetopt automenu listbeep beep; cd '{ACME}'; PS1='re'ady\n")
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(HOME=str(self.folder), TERM="dumb", PATH=f"{HAD.parent}:{os.environ['PATH']}", PS1="%% ")
            os.execvp("zsh", ["zsh", "-f", "-i"])
        screen = self.read_until(terminal, b"%")  # the first prompt, whatever it is
        os.write(terminal, start.encode())
        screen += self.read_until(terminal, b"ready")
        # From here on the shell reads keys, and no line discipline takes ^U for itself.
        os.write(terminal, "".join(f"{line}\t\x14\x15" for line in typed).encode() + b"exit\n")
        screen += self.read_until(terminal, None)
        os.close(terminal)
        os.waitpid(pid, 0)
        self.assertEqual(seen.read_text().splitlines(), list(typed.values()), screen.decode(errors="replace"))

    def test_an_unknown_shell_is_refused(self):
        self.had("completion", "tcsh", status=2)
        self.had("completion", status=2)

    # ---- snapshot ----

    def acme(self):
        folder = self.folder / "acme"
        shutil.copytree(ACME, folder)
        return folder

    def change(self, path, old, new):
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def test_a_snapshot_is_written_checked_and_goes_stale(self):
        spec = self.acme()
        self.assertIn("missing", self.had("snapshot", "--check", spec, status=1)[0])
        self.had("snapshot", spec)
        file = spec / "had-snapshot.json"
        first = file.read_bytes()
        document = json.loads(first)
        addresses = [r["address"] for r in document["resources"]]
        self.assertEqual(addresses, sorted(addresses, key=str.encode))
        self.assertGreater(len(addresses), 300)
        vpc = next(r for r in document["resources"] if r["address"] == "spoke shared:vpc")
        self.assertEqual((vpc["type"], vpc["account"], vpc["region"]), ("AWS::EC2::VPC", "shared-services", "eu-west-1"))
        self.assertEqual(vpc["properties"]["CidrBlock"], "10.17.0.0/20")
        self.had("snapshot", "--check", spec)
        self.had("snapshot", spec)
        self.assertEqual(file.read_bytes(), first)
        self.assertEqual(self.had("snapshot", "-o", "-", spec)[0].encode(), first)
        # A file of its own, named or by a path to the spec's main file.
        self.had("snapshot", spec / "identity.had", "-o", "other.json")
        self.assertEqual((self.folder / "other.json").read_bytes(), first)
        self.change(spec / "directories.had", "10.17.1.10 }", "10.17.1.11 }")
        out, _ = self.had("snapshot", "--check", spec, status=1)
        self.assertIn("1 to replace", out)
        self.assertEqual(file.read_bytes(), first)

    def test_the_difference_says_what_is_replaced_and_what_is_protected(self):
        spec = self.acme()
        old = self.had("snapshot", "-o", "-", spec)[0]
        self.change(spec / "directories.had", "10.17.1.10 }", "10.17.1.11 }")
        self.change(spec / "access.had", "session = 4h }\npermission-set management-admin", "session = 3h }\npermission-set management-admin")
        out, _ = self.had("snapshot", "--diff", "-", spec, stdin=old)
        self.assertIn("### Resources of `acme-identity`", out)
        self.assertIn("> **Protected, and yet replaced:** `forest corp/controller dc-aws-2:instance`", out)
        self.assertIn("`PrivateIpAddress`: `10.17.1.10` → `10.17.1.11` (**replaces**)", out)
        self.assertIn("`SessionDuration`: `PT4H` → `PT3H` |", out)
        (self.folder / "old.json").write_text(old)
        (self.folder / "new.json").write_text(self.had("snapshot", "-o", "-", spec)[0])
        self.assertEqual(self.had("snapshot", "--diff", "old.json", "new.json")[0], out)
        back, _ = self.had("snapshot", "--diff", "new.json", "old.json")
        self.assertIn("`10.17.1.11` → `10.17.1.10`", back)
        same, _ = self.had("snapshot", "--diff", "old.json", "old.json")
        self.assertIn("no resource changes", same)
        added, _ = self.had("snapshot", "--diff", "-", spec, stdin="")
        self.assertIn("to add; 0 stay", added)

    def test_a_rename_by_moved_is_one(self):
        spec = self.acme()
        old = self.had("snapshot", "-o", "-", spec)[0]
        self.change(spec / "access.had", "permission-set auditor {", 'permission-set reviewer { name = "auditor",')
        self.change(spec / "access.had", "assign auditor to", "assign reviewer to")
        without, _ = self.had("snapshot", "--diff", "-", spec, stdin=old)
        self.assertNotIn("to rename", without)
        (spec / "access.had").write_text((spec / "access.had").read_text() + "\nmoved permission-set auditor to permission-set reviewer\n")
        out, _ = self.had("snapshot", "--diff", "-", spec, stdin=old)
        self.assertIn("1 to rename", out)
        self.assertIn("`permission-set auditor:set` → `permission-set reviewer:set`", out)

    def test_text_of_a_spec_is_no_markup(self):
        spec = self.acme()
        old = self.had("snapshot", "-o", "-", spec)[0]
        hostile = 'a`b``c|d <img src=x> @everyone ](http://x) \\u{1b}[31m \\u{202e}'
        (spec / "workloads.had").write_text((spec / "workloads.had").read_text().replace(
            'owner = "erp@example.com"', 'owner = "erp@example.com"') + f'\npermission-set x {{\n  description = "{hostile}"\n}}\n')
        self.had("snapshot", "-o", "new.json", spec, status=1)  # control characters are refused at all
        fine = hostile.replace("\\u{1b}", "").replace(" \\u{202e}", "")
        self.change(spec / "workloads.had", hostile, fine)
        self.change(spec / "access.had", "session = 8h", f"session = 8h, description = \"{fine}\"")
        out, _ = self.had("snapshot", "--diff", "-", spec, stdin=old)
        line = next(line for line in out.splitlines() if "img src" in line)
        self.assertIn("```a`b``c\\|d <img src=x> @everyone ](http://x) [31m```", line)
        self.assertEqual(len(re.findall(r"(?<!\\)\|", line)), 5)

    def test_a_file_that_is_no_snapshot(self):
        for text in ("{", "[]", '{"version": 2, "resources": []}', '{"version": 1, "resources": [{}]}',
                     '{"version": 1, "resources": [{"address": "b"}, {"address": "a"}]}',
                     '{"version": 1, "resources": [{"address": 7}]}'):
            (self.folder / "x.json").write_text(text)
            _, err = self.had("snapshot", "--diff", "x.json", ACME, status=2)
            self.assertIn("x.json: ", err)
        self.had("snapshot", "--diff", "nowhere.json", ACME, status=2)

    def test_a_snapshot_of_a_broken_spec(self):
        spec = self.acme()
        (spec / "broken.had").write_text("had 1\nnonsense {}\n")
        self.had("snapshot", spec, status=1)
        self.assertFalse((spec / "had-snapshot.json").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
