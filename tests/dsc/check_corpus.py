#!/usr/bin/env python3
"""check_corpus.py DSC_CORPUS: hostile texts come back as the data they were, or are refused.

A text that is kept is read back by the strict reader from every place where it stands, and must be the same
to the character. A text that is refused has a finding of the code that is expected, and no file. The texts are
those of corpus.json, written by hand, and those that hostile.py makes.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import hostile
import read_dsc

HERE = pathlib.Path(__file__).resolve().parent


def text_of(entry):
    if "hex" in entry:
        return bytes.fromhex(entry["hex"]).decode()
    return entry["text"] * entry.get("repeat", 1)


def check_kept(folder, text):
    reader = read_dsc.Reader()
    reader.read(folder)
    if reader.problems:
        return "; ".join(reader.problems)
    machines = read_dsc.dump(reader)["corp/forest"]
    for number in "12":
        resources = machines[f"dc-aws-{number}"]
        seen = [
            resources["[ADReplicationSite]literal"]["Description"],
            resources["[ADReplicationSite]data"]["Description"],
            resources["[ADReplicationSiteLink]list"]["SitesIncluded"],
        ]
        if seen != [text, number + text, [text, "AWS"]]:
            return f"came back as {seen!r}"
        mof = list(pathlib.Path(folder).rglob(f"dc-aws-{number}.mof"))
        if len(mof) != 1:
            return "no MOF"
    return None


def check_refused(folder, text, codes, expected):
    if pathlib.Path(folder).exists():
        return "refused, and yet there are files"
    if not codes or set(codes) != {expected}:
        return f"findings {sorted(set(codes))} instead of {expected}"
    return None


def main():
    corpus = json.loads((HERE / "corpus.json").read_text("utf-8", "surrogatepass"))
    known = {entry["name"] for entry in corpus}
    corpus += [dict(entry, name=entry["name"] + " *" * (entry["name"] in known)) for entry in hostile.entries()]
    failures = len(corpus) - len({entry["name"] for entry in corpus})
    with tempfile.TemporaryDirectory() as folder:
        merged = pathlib.Path(folder, "corpus")
        merged.write_text(json.dumps(corpus), "ascii")
        subprocess.run([sys.argv[1], merged, folder], check=True)
        for number, entry in enumerate(corpus):
            codes = pathlib.Path(folder, f"{number}.txt").read_text("ascii").split()
            files = pathlib.Path(folder, str(number))
            if entry["expect"] == "kept":
                wrong = f"findings {codes}" if codes else check_kept(files, text_of(entry))
            else:
                wrong = check_refused(files, entry, codes, entry["expect"])
            if wrong:
                failures += 1
                print(f"{entry['name']}: {wrong}")
    print(f"{len(corpus)} texts, {failures} failures")
    return 1 if failures or len(corpus) < 300 else 0


if __name__ == "__main__":
    sys.exit(main())
