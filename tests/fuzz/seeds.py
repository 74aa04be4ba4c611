"""Seeds of fuzz_check: seeds.py ROOT FOLDER. Each spec of the examples, goldens and rule cases is one input; the
files of a folder follow each other, each but the first behind a line `==> PATH`."""
import pathlib
import sys

DATA = {".had", ".csv", ".json", ".yaml", ".txt", ".pem"}
LIMIT = 64 * 1024


def join(folder, first):
    parts = [(folder / first).read_bytes()]
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in DATA and path != folder / first:
            parts.append(b"==> " + str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes())
    return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts)


def specs(root):
    for folder in sorted((root / "examples").iterdir()):
        files = sorted(folder.glob("*.had")) if folder.is_dir() else []
        if files:
            # One spec of several files: the first takes in the others.
            names = [f.name for f in files[1:]]
            head, _, rest = files[0].read_text().partition("\n")
            text = join(folder, files[0].name)
            imports = "".join(f'import "{n}"\n' for n in names if n not in head + rest)
            yield f"example-{folder.name}", text.replace(head.encode(), f"{head}\n{imports}".encode(), 1)
    for path in sorted(root.glob("tests/golden/*/*")) + sorted(root.glob("tests/check/*/*")):
        name = "-".join(path.relative_to(root / "tests").parts)
        if path.suffix == ".had":
            yield name, path.read_bytes()
        elif path.is_dir() and (path / "main.had").exists():
            yield name, join(path, "main.had")


def main():
    root, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in specs(root):
        if len(text) <= LIMIT:
            (folder / name).write_bytes(text)
    (folder / "stamp").write_bytes(b"had 1\n")


if __name__ == "__main__":
    main()
