"""Reads every #include of compiler/ and runtime/ against tests/layers.txt, and proves that it can fail."""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def read_rules(path):
    rules = {}
    for line in path.read_text().splitlines():
        line = line.split("#", 1)[0].strip()
        if line:
            layer, _, allowed = line.partition(":")
            rules[layer.strip()] = set(allowed.split())
    return rules


def wrong_includes(layer, text, rules):
    for name in INCLUDE.findall(text):
        target = name.split("/", 1)[0]
        if "/" in name and target in rules and target != layer and target not in rules[layer]:
            yield name


def main(root):
    rules = read_rules(root / "tests/layers.txt")
    assert list(wrong_includes("base", '#include "syntax/ast.h"\n', rules)) == ["syntax/ast.h"]
    assert not list(wrong_includes("sema", '#include "schema/kind.h"\n', rules))
    failures = files = 0
    for part in ("compiler", "runtime"):
        for folder in sorted((root / part).iterdir()):
            if not folder.is_dir():
                continue
            if folder.name not in rules:
                print(f"{folder.relative_to(root)}: no line in tests/layers.txt")
                failures += 1
                continue
            for path in sorted(folder.rglob("*.[ch]")):
                files += 1
                for name in wrong_includes(folder.name, path.read_text(), rules):
                    print(f"{path.relative_to(root)}: layer {folder.name} may not include {name}")
                    failures += 1
    print(f"{files} files, {failures} wrong includes")
    return 1 if failures or not files else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
