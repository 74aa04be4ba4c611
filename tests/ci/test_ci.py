"""Scripts of continuous integration: test_ci.py HAD ROOT. Jobs, pull requests and `gh` are played by files."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

HAD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(sys.argv[2]).resolve()
SCRIPTS = ROOT / "ci/scripts"

GH = r"""#!/usr/bin/env bash
# Plays `gh api`: writes down what is asked, answers with a list of comments, may refuse to write.
printf '%s\n' "$*" >>"$FAKE/asked"
for word in "$@"; do
    case $word in body=@*) cp "${word#body=@}" "$FAKE/body" ;; esac
done
case " $* " in
*" --method "*) [ ! -e "$FAKE/forbidden" ] || { echo "gh: Resource not accessible by integration (HTTP 403)" >&2; exit 1; } ;;
*) cat "$FAKE/comments" 2>/dev/null ;;
esac
"""


class Ci(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-ci-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.repo = self.folder / "repo"
        self.fake = self.folder / "fake"
        self.fake.mkdir()
        (self.fake / "gh").write_text(GH)
        (self.fake / "gh").chmod(0o755)
        self.env = {"PATH": f"{self.fake}:{HAD.parent}:{os.environ['PATH']}", "HOME": str(self.folder), "FAKE": str(self.fake),
                    "HAD_STDLIB": str(ROOT / "stdlib"), "LC_ALL": "C.UTF-8"}

    def run_in(self, *command, status=0, **env):
        done = subprocess.run(list(map(str, command)), cwd=self.repo, capture_output=True, timeout=120, env={**self.env, **env})
        self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode()

    def git(self, *args):
        return self.run_in("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", *args)

    def start(self, *commands, folder="."):
        """A repository with the first spec, and what the commands write beside it."""
        self.repo.mkdir()
        self.run_in(HAD, "init", "-q", folder)
        for command in commands:
            self.run_in(HAD, *command)
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "first")
        return self.git("rev-parse", "HEAD").strip()

    def change(self, old, new, path="main.had"):
        text = (self.repo / path).read_text()
        self.assertIn(old, text)
        (self.repo / path).write_text(text.replace(old, new))

    def job(self, status=0, **env):
        """check.sh as GitHub runs it: output, the comment, what was told to the job."""
        for name in ("summary", "output"):
            (self.folder / name).write_text("")
        out = self.run_in(SCRIPTS / "check.sh", status=status, GITHUB_ACTIONS="true", HAD_REPORTS=str(self.folder / "reports"),
                          GITHUB_STEP_SUMMARY=str(self.folder / "summary"), GITHUB_OUTPUT=str(self.folder / "output"), **env)
        comment = (self.folder / "reports/had-comment.md").read_text()
        self.assertTrue(comment.startswith("<!-- had -->\n"))
        self.assertEqual((self.folder / "summary").read_text(), comment)
        told = dict(line.split("=", 1) for line in (self.folder / "output").read_text().splitlines())
        self.assertEqual(told["status"], str(status))
        json.loads((self.folder / "reports/had.sarif").read_text())
        return out, comment

    # ---- check.sh ----

    def test_a_clean_spec_passes(self):
        self.start()
        _, comment = self.job()
        self.assertIn("0 errors, 0 warnings", comment)
        self.assertIn("No snapshot is kept", comment)

    def test_a_pull_request_shows_what_changes(self):
        base = self.start(("snapshot",), ("build", "-o", "out"))
        self.git("checkout", "-q", "-b", "topic")
        self.change("address = 10.17.1.10", "address = 10.17.1.11")
        self.run_in(HAD, "snapshot")
        self.run_in(HAD, "build", "-o", "out")
        self.git("commit", "-q", "-a", "-m", "another address")
        out, comment = self.job(HAD_OUTPUT="out", HAD_BASE=base)
        self.assertIn("had-snapshot.json is up to date", out)
        self.assertIn("`PrivateIpAddress`: `10.17.1.10` → `10.17.1.11` (**replaces**)", comment)
        self.assertNotIn("stale", comment)

    def test_the_base_is_where_the_branch_began(self):
        self.start(("snapshot",))
        self.git("checkout", "-q", "-b", "topic")
        self.change("session = 4h", "session = 3h")
        self.run_in(HAD, "snapshot")
        self.git("commit", "-q", "-a", "-m", "longer")
        self.git("checkout", "-q", "main")
        self.change("address = 10.17.1.10", "address = 10.17.1.11")
        self.run_in(HAD, "snapshot")
        self.git("commit", "-q", "-a", "-m", "meanwhile")
        main = self.git("rev-parse", "HEAD").strip()
        self.git("checkout", "-q", "topic")
        _, comment = self.job(HAD_BASE=main)
        self.assertIn("`PT4H` → `PT3H`", comment)
        self.assertNotIn("10.17.1.11", comment)

    def test_what_was_forgotten_is_told(self):
        self.start(("snapshot",), ("build", "-o", "out"))
        self.change("address = 10.17.1.10", "address   = 10.17.1.11")
        out, comment = self.job(status=1, HAD_OUTPUT="out")
        for text in ("**Not formatted**", "**The build is stale**", "**The snapshot is stale**"):
            self.assertIn(text, comment)
        self.assertIn("differs: out/", out)

    def test_findings_are_annotations(self):
        self.start()
        self.change("subnet shared.directory[b]", "subnet shared.directory[a]")
        self.change("address = 10.17.1.10", "address = 10.17.0.11")
        out, comment = self.job(status=1)
        self.assertRegex(out, r"(?m)^::error file=main\.had,line=\d+,.*title=DC002%3A ")
        self.assertIn("| error | DC002 |", comment)

    def test_threshold_and_params(self):
        self.start()
        self.change("source         = directory aws", "source         = directory aws\n  mfa            = mode")
        self.change("had 1\n", "had 1\n\nparam mode : mfa = always\n")
        self.job()
        self.job(HAD_ARGUMENTS="--var mode=never")
        _, comment = self.job(status=1, HAD_ARGUMENTS="--var mode=never", HAD_FAIL_ON="warning")
        self.assertIn("SSO013", comment)

    def test_a_spec_in_a_folder_with_a_hard_name(self):
        name = "the spec; touch owned $(touch owned) `touch owned`"
        base = self.start(("snapshot", name), folder=name)
        self.change("address = 10.17.1.10", "address = 10.17.1.11", f"{name}/main.had")
        out, comment = self.job(status=1, HAD_PATH=name, HAD_BASE=base)
        self.assertIn("(**replaces**)", comment)
        self.assertFalse(list(self.folder.rglob("owned")))

    def test_nothing_to_read(self):
        self.start()
        self.job(status=2, HAD_PATH="nowhere")

    def test_gitlab_gets_its_report(self):
        self.start()
        self.change("subnet shared.directory[b]", "subnet shared.directory[a]")
        self.run_in(SCRIPTS / "check.sh", status=1, GITLAB_CI="true")
        report = json.loads((self.repo / "had-codequality.json").read_text())
        self.assertIn("main.had", {f["location"]["path"] for f in report})

    # ---- comment.sh ----

    def comment(self, text="<!-- had -->\nhello\n", ref="refs/pull/7/merge"):
        self.repo.mkdir(exist_ok=True)
        file = self.folder / "comment.md"
        file.write_text(text)
        out = self.run_in(SCRIPTS / "comment.sh", file, GITHUB_REF=ref, GITHUB_REPOSITORY="team/foundation", GH_TOKEN="x")
        asked = self.fake / "asked"
        return out, asked.read_text().splitlines() if asked.exists() else []

    def test_a_first_comment_is_made_and_later_replaced(self):
        _, asked = self.comment()
        self.assertIn("--method POST repos/team/foundation/issues/7/comments", asked[-1])
        self.assertEqual((self.fake / "body").read_text(), "<!-- had -->\nhello\n")
        (self.fake / "comments").write_text("4711\n4712\n")
        _, asked = self.comment()
        self.assertIn("--method PATCH repos/team/foundation/issues/comments/4711 ", asked[-1])

    def test_without_the_right_to_write_it_passes_and_says_so(self):
        (self.fake / "forbidden").touch()
        out, _ = self.comment()
        self.assertIn("::warning title=had::no comment: gh: Resource not accessible", out)

    def test_a_push_gets_no_comment(self):
        out, asked = self.comment(ref="refs/heads/main")
        self.assertIn("not a pull request", out)
        self.assertEqual(asked, [])

    def test_a_long_text_is_cut(self):
        self.comment("<!-- had -->\n" + "x" * 100000)
        body = (self.fake / "body").read_text()
        self.assertLess(len(body), 65536)
        self.assertIn("… cut", body)

    # ---- the rest ----

    def test_an_installed_program_is_taken(self):
        self.repo.mkdir()
        (self.folder / "path").write_text("")
        out = self.run_in(SCRIPTS / "install.sh", HAD_PROGRAM="had", GITHUB_PATH=str(self.folder / "path"))
        self.assertIn("had ", out)
        self.assertEqual((self.folder / "path").read_text().strip(), str(HAD.parent))
        self.run_in(SCRIPTS / "install.sh", status=1, HAD_PROGRAM="no-such-program")

    def test_scripts_may_be_run(self):
        for script in SCRIPTS.glob("*.sh"):
            self.assertTrue(script.stat().st_mode & stat.S_IXUSR, script)

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_scripts_are_clean(self):
        scripts = [*SCRIPTS.glob("*.sh"), *(ROOT / "scripts").glob("*.sh"), *ROOT.glob("*.sh"), ROOT / ".ci/run"]
        done = subprocess.run(["shellcheck", "-x", "-S", "warning", *map(str, scripts)], cwd=ROOT, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.stdout.decode(), "")

    def test_documents_are_yaml_and_name_what_is_there(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("the yaml module is not installed")
        action = yaml.safe_load((ROOT / "ci/github/action.yml").read_text())
        self.assertEqual(action["runs"]["using"], "composite")
        text = (ROOT / "ci/github/action.yml").read_text()
        for name in re.findall(r"\$\{\{ *inputs\.([a-z-]+)", text):
            self.assertIn(name, action["inputs"])
        for step in action["runs"]["steps"]:
            # An expression inside a script is an injection.
            self.assertNotIn("${{", step.get("run", ""))
        for name in re.findall(r"\.\./scripts/([a-z]+\.sh)", text):
            self.assertTrue((SCRIPTS / name).is_file())
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        known = self.had_commands()
        for hook in hooks:
            self.assertIn(hook["entry"].split()[1], known)
        yaml.safe_load((ROOT / "ci/gitlab/had.gitlab-ci.yml").read_text())
        yaml.safe_load((ROOT / "compiler/cli/init/workflow.yml").read_text())

    def had_commands(self):
        self.repo.mkdir(exist_ok=True)
        return re.findall(r"^  (\S+)  ", self.run_in(HAD, "--help"), re.M)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
