"""Input of any kind: test_hostile.py HAD. Each case ends within ten seconds of the processor and a gigabyte, with an
exit status that says what it found, a bounded number of findings, each at a place, and nothing that drives a
terminal."""
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

HAD = sys.argv[1]
SECONDS, MEMORY = 10, 1 << 30
HEAD = 'had 1\n\nspec x { owner = "a@example.com" }\n'


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


# A sanitizer maps more memory than that before it begins, and takes several times as long.
LIMITED = subprocess.run([HAD, "version"], capture_output=True, preexec_fn=limit).returncode == 0
PATIENCE = 1 if LIMITED else 8


def processor_seconds():
    """Of the commands so far: what a busy machine does not lengthen."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Hostile(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-hostile-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def had(self, *arguments, stdin=None):
        start = processor_seconds()
        done = subprocess.run([HAD, *arguments], cwd=self.folder, input=stdin, capture_output=True,
                              timeout=SECONDS * PATIENCE * 10, preexec_fn=limit if LIMITED else None)
        self.assertLess(processor_seconds() - start, SECONDS * PATIENCE)
        self.assertGreaterEqual(done.returncode, 0, done.stderr[-2000:])
        for stream in (done.stdout, done.stderr):
            stream.decode()  # valid UTF-8
            self.assertIsNone(re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", stream))
        return done

    def check(self, text, status=1, **files):
        """Findings of a spec; the text form, too, must cope."""
        self.write("main.had", text)
        for name, data in files.items():
            self.write(name.replace("_", "."), data)
        done = self.had("check", "--format=json", "--as-of", "2026-11-24")
        self.assertEqual(done.returncode, status, done.stdout[-500:] + done.stderr[-500:])
        found = json.loads(done.stdout)["findings"]
        self.assertEqual(self.had("check", "--color=never",
                                  "--as-of", "2026-11-24").returncode, status)
        for finding in found:
            self.assertLess(len(finding["message"]), 20000)
        return found

    def one(self, text, code, line=None, status=1, says=None, **files):
        """Exactly one finding, with this code, on this line and with this end of its message."""
        found = self.check(text, status, **files)
        self.assertEqual([f["code"] for f in found], [code], found[:3])
        if line:
            self.assertEqual(found[0]["line"], line)
        if says:
            self.assertEqual(found[0]["message"][-len(says):], says)
        return found[0]

    # ---- bytes ----

    def test_nul(self):
        self.one(HEAD.encode() + b'let a = "x\0y"\n', "HAD0007", 4, status=2)

    def test_not_utf8(self):
        self.one(HEAD.encode() + b'let a = "\xff\xfe"\n', "HAD0008", 4, status=2)
        self.one(HEAD.encode() + b'let a = "\xed\xa0\x80"\n', "HAD0008", 4, status=2)  # a surrogate
        self.one(HEAD.encode() + b'let a = "\xc0\xaf"\n', "HAD0008", 4, status=2)  # overlong

    def test_utf16(self):
        self.one(HEAD.encode("utf-16"), "HAD0006", status=2)
        self.one(HEAD.encode("utf-16-be"), "HAD0007", 1, status=2)

    def test_marks_and_line_ends(self):
        self.assertEqual(self.check(b"\xef\xbb\xbf" + HEAD.encode(), 0), [])
        self.assertEqual(self.check(HEAD.replace("\n", "\r\n"), 0), [])
        found = self.check(HEAD.replace("\n", "\r"))
        self.assertEqual(found[0]["code"], "HAD0116")
        self.assertLessEqual(len(found), 2)

    def test_nothing(self):
        self.one("", "HAD0501")
        self.check("\n" * 1000000)
        self.check("#" + "x" * 4000000)

    def test_terminal_escapes(self):
        found = self.check(HEAD + 'site "a\x1b[31mb" { }\nsite \x1b[31m\n')
        self.assertIn("HAD0116", {f["code"] for f in found})
        self.one(HEAD + 'site "a\u202eb" {}\n' .replace("\u202e", "\\u{202e}"), "HAD0308", 4)
        self.write("x\x1b[31m.had", "had 1\nnonsense {}\n")
        self.had("check", "x\x1b[31m.had")
        self.had("check", "--color=never", "no\x1b[31mwhere")
        self.had("explain", "\x1b[31m")
        self.had("che\x1b[31mck")
        self.had("check", "--fo\x1b[31m")

    # ---- size and depth ----

    def test_nesting(self):
        deep = 10000
        brackets, operators = "braces, brackets and parentheses", "operators of one statement"
        for text, what in (("region {" * deep, brackets), ("region {" * deep + "}" * deep, brackets),
                           ("let a = " + "[" * deep + "]" * deep, brackets),
                           ("let a = " + "(" * deep + "1" + ")" * deep, brackets),
                           ("let a = " + "\"${" * deep, "strings and `${…}`"),
                           ("let a = " + "not " * deep + "true", operators),
                           ("let a = " + "true and " * deep + "true", operators),
                           ("let a = " + "if true then 1 else " * deep + "1", operators)):
            found = self.check(HEAD + text + "\n")
            self.assertIn(f"{what} are nested too deeply; what follows was not read",
                          [f["message"] for f in found if f["code"] == "HAD0107"], text[:20])
            self.assertLessEqual(len(found), 3)
        self.check(HEAD + "let a = x" + ".y" * deep + "\n")
        self.check(HEAD + "let a = x" + "[1]" * deep + "\n")
        found = self.check(HEAD + "".join(f"let a{i} = (a{i + 1})\n" for i in range(3000)) + "let a3000 = 1\n")
        self.assertEqual({f["code"] for f in found}, {"HAD0416"})
        self.assertLess(len(found), 20)

    def test_large_files(self):
        with open(self.folder / "main.had", "wb") as out:
            out.write(HEAD.encode())
            out.truncate(100 << 20)
        found = json.loads(self.had("check", "--format=json").stdout)["findings"]
        self.assertEqual([f["code"] for f in found], ["HAD0005"])
        self.assertEqual(self.had("fmt", "-", stdin=b"#" * (20 << 20)).returncode, 2)
        self.one(HEAD + 'let a = file("b.txt")\n', "HAD0005", says="is too large", b_txt=b"x" * (5 << 20))

    def test_many_errors(self):
        found = self.check(HEAD + "nonsense {}\n" * 100000)
        self.assertEqual(len(found), 1000)
        self.assertEqual(found[-1]["like_it"], 99000)
        self.check(HEAD + "site d { " + ", ".join(f"x{i} = 1" for i in range(50000)) + " }\n")
        self.check(HEAD + ")\n" * 100000)
        notes = [n for f in self.check(HEAD + "let = 1\n" * 200) for n in f["notes"]]
        self.assertEqual(notes, ["further syntax errors of this file are not shown"])
        self.check(HEAD + "".join(f"let x{i} = y\n" for i in range(50000)))
        self.check(HEAD + "site a {}\n" * 50000)

    def test_long_lines(self):
        self.check(HEAD + 'let a = "' + "x" * 5000000 + '"\nsite d { ragnes = [1] }\n')
        self.check(HEAD + " ".join(f"nonsense{i} {{}}, " for i in range(50000)) + "\n")
        self.check(HEAD + "site d { ranges = [" + ", ".join(["10.0.0.1/8"] * 50000) + "] }\n")
        out = self.had("check", "--color=never").stdout
        self.assertLess(max(map(len, out.splitlines())), 1000)

    # ---- work ----

    def test_work_is_bounded(self):
        loops = "".join(f"for a{i} in [{', '.join(map(str, range(100)))}] {{\n" for i in range(6))
        self.one(HEAD + loops + "site s {}\n" + "}" * 6 + "\n", "HAD0419",
                 says="this spec takes too much work: it stops here")
        doubles = "".join(f'let a{i + 1} = "${{a{i}}}${{a{i}}}"\n' for i in range(60))
        self.one(HEAD + 'let a0 = "xxxxxxxxxxxxxxxx"\n' + doubles, "HAD0408",
                 says="this text is longer than a megabyte")
        lists = "".join(f"let a{i + 1} = [a{i}, a{i}]\n" for i in range(60))
        self.one(HEAD + "let a0 = [1, 2]\n" + lists, "HAD0419")
        sites = ", ".join(f'"a{i}"' for i in range(1000))
        self.check(HEAD + f"for i in [{sites}] {{ site \"${{i}}\" {{}} }}\n"
                   'assert "x" { require count(every site where count(every site where count(every site where '
                   '.name == "q") == 1) == 1) == 1 }\n')

    def test_objects_and_tokens_are_bounded(self):
        found = self.check(HEAD + "".join(f'for r in csv("a.csv") {{ site s{i} {{}} }}\n' for i in range(4)),
                           a_csv="name\n" + "".join(f"k{i}\n" for i in range(100000)))
        self.assertEqual([(f["code"], f["message"]) for f in found], [("HAD0317", "this spec has too many objects")])
        accounts = "".join(f"existing account a{i} in organization o {{ id = {i:012} }}\n" for i in range(600))
        self.assertIn("with this statement the spec has too many objects",
                      [f["message"] for f in self.check(
                          HEAD + 'existing organization o { id = "o-a1b2c3d4e5", management = account a0 }\n' + accounts +
                          'permission-set p { policies = ["ReadOnlyAccess"] }\n'
                          'assign p to [' + ", ".join(f'group "g{i}"' for i in range(600)) + "] on every account\n")])
        found = [f for f in self.check(HEAD + "a\n" * 3000000) if f["code"] == "HAD0108"]
        self.assertEqual([(f["message"], f["help"]) for f in found],
                         [("this file has more than 4194304 words and signs; what follows was not read",
                           "split the file, and import its parts")])

    def test_many_names(self):
        keys = "\n".join(f"k{i}" for i in range(100000))
        self.check(HEAD + 'module m { param p : text }\nfor r in csv("a.csv") { m one { p = r.name } }\n', 0,
                   a_csv="name\n" + keys + "\n")
        self.check(HEAD + "".join(f"let a{i} = 1\n" for i in range(100000)), 0)

    # ---- data ----

    def test_rows(self):
        use = 'for r in csv("a.csv") { site "${r.name}" {} }\n'
        self.one(HEAD + use, "HAD0510", 4, a_csv="name,x\n" + "".join(f"s{i},1\n" for i in range(300000)),
                 says="there are more than 200,000 rows")
        self.check(HEAD + use, 1, a_csv="name\n" + "same\n" * 10000)
        self.check(HEAD + use, 1, a_csv="name," * 100000 + "\n")
        self.check(HEAD + use, 1, a_csv='name\n"' + "x" * 1000000)

    def test_yaml(self):
        bomb = 'a: &a ["x", "x"]\n' + "".join(f"{n}: &{n} [{', '.join(['*' + p] * 9)}]\n"
                                              for p, n in zip("abcdefgh", "bcdefghi"))
        use = 'let a = yaml("a.yaml")\n'
        self.one(HEAD + use, "HAD0510", 4, a_yaml=bomb)
        self.one(HEAD + use, "HAD0510", 4, a_yaml="[" * 100000 + "]" * 100000)
        self.one(HEAD + use, "HAD0510", 4, a_yaml="a: !!python/object:os.system [x]\n" + "- b\n")
        self.check(HEAD + use, 1, a_yaml="a: 1\n---\nb: 2\n")
        self.check(HEAD + use, 1, a_yaml="a: 1\na: 2\n")

    def test_json(self):
        use = 'let a = json("a.json")\n'
        self.one(HEAD + use, "HAD0510", 4, a_json="[" * 100000 + "]" * 100000)
        self.one(HEAD + use, "HAD0510", 4, a_json='{"a": 1, "a": 2}')
        self.one(HEAD + use, "HAD0510", 4, a_json='{"a": 1.5}')
        self.check(HEAD + use, 0, a_json='{"a": null}')
        self.one(HEAD + use, "HAD0510", 4, a_json="{} {}")
        self.one(HEAD + use, "HAD0510", 4, a_json='{"a": 99999999999999999999}')

    # ---- imports ----

    def test_imports(self):
        self.assertEqual(self.check('had 1\nimport "main.had"\n' + HEAD[6:], 0), [])
        found = self.check(HEAD + 'import "../x.had"\nimport "/etc/passwd"\nimport "a/../../x.had"\n'
                           'import "a\\\\..\\\\b.had"\nimport "main.had/x.had"\n')
        self.assertEqual([f["line"] for f in found], [4, 5, 6, 7, 8])
        for i in range(5000):
            self.write(f"f{i}.txt.had", f'had 1\nimport "f{(i + 1) % 5000}.txt.had"\n')
        done = self.had("check", "--format=json", "f0.txt.had")
        self.assertIn("this spec has more than 4096 files",
                      [f["message"] for f in json.loads(done.stdout)["findings"] if f["code"] == "HAD0511"])

    def test_what_is_no_file(self):
        use = 'let a = file("thing")\n'
        os.mkfifo(self.folder / "thing")
        self.one(HEAD + use, "HAD0002", 4)
        (self.folder / "thing").unlink()
        (self.folder / "thing").symlink_to("/etc/passwd")
        self.one(HEAD + use, "HAD0003", 4)
        (self.folder / "thing").unlink()
        (self.folder / "thing").mkdir()
        self.one(HEAD + use, "HAD0002", 4)
        (self.folder / "thing").rmdir()
        (self.folder / "thing").symlink_to("/etc")
        self.one(HEAD + 'let a = file("thing/passwd")\n', "HAD0003", 4)
        self.one(HEAD + 'import "thing"\n', "HAD0003", 4)
        self.one(HEAD + 'let a = file("/dev/zero")\n', "HAD0509", 4)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
