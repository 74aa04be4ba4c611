"""Links between the pages lead somewhere: links.py ROOT. Files and the headings or anchors in them; nothing is fetched."""
import pathlib
import re
import sys

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?!https?:|mailto:)([^)\s]+)\)")


def plain(text):
    text = re.sub(r"^ *```.*?^ *```", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text):
    out = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        out.add(re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-"))
    return out


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "examples").rglob("*.md"), *(root / "grammar").glob("*.md")]
    count = wrong = 0
    for page in sorted(pages):
        text = page.read_text(encoding="utf-8")
        for match in LINK.finditer(plain(text)):
            count += 1
            path, _, anchor = match[1].partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8"))):
                wrong += 1
                print(f"{page.relative_to(root)}: {match[1]} leads nowhere")
    print(f"{count} links in {len(pages)} pages, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
