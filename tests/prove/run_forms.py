#!/usr/bin/env python3
"""Forms and exit status of `had prove`: run_forms.py HAD ACME REFUTED"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

failed = 0


def run(*args):
    return subprocess.run([sys.argv[1], "prove", *args], capture_output=True, text=True, timeout=60, check=False)


def want(truth, what):
    global failed
    if not truth:
        failed += 1
        print(f"not so: {what}")


def main():
    acme, refuted = sys.argv[2:4]
    good = run("--format", "json", acme)
    want(good.returncode == 0, "a proved spec gives exit status 0")
    document = json.loads(good.stdout)
    want(document["version"] == 1, "version 1")
    want([q["id"] for q in document["queries"]] == ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "F1"], "queries in order")
    want(all(q["verdict"] == "proved" for q in document["queries"]), "acme is proved")
    want(run("--format", "json", acme).stdout == good.stdout, "same bytes again")
    keys = {"id", "statement", "verdict", "classes", "members", "assumptions", "counterexamples", "cut_sets"}
    want(all(keys <= set(q) for q in document["queries"]), f"each query has {keys}")

    bad = run("--format", "json", refuted)
    want(bad.returncode == 1, "a refuted spec gives exit status 1")
    first = json.loads(bad.stdout)["queries"][0]
    example = first["counterexamples"][0]
    want(first["verdict"] == "refuted", "R1 is refuted")
    for key in ("from", "to", "protocol", "ports", "direction", "packet", "hops", "dropped_at", "reason", "repair", "count"):
        want(key in example, f"a counterexample has {key}")
    want(example["direction"] == "reply" and example["reason"] == "ROUTE_NOT_FOUND", "the reply finds no route")
    want(all({"at", "matched", "file", "line"} <= set(h) for h in example["hops"]) and example["hops"], "hops")

    none = json.loads(run("--failures", "0", "--format", "json", acme).stdout)["queries"]
    want([q["id"] for q in none][-1] == "R7", "without failures there is no F1")
    two = json.loads(run("--failures", "2", "--format", "json", acme).stdout)["queries"]
    want(two[-1]["id"] == "F2" and two[-1]["cut_sets"], "two failures give pairs")
    singles = {c[0] for q in two if q["id"] == "F1" for c in q["cut_sets"]}
    want(all(len(c) == 2 and not singles & set(c) for c in two[-1]["cut_sets"]), "pairs are minimal")
    want(run("--failures", "3", acme).returncode == 2, "three failures are a wrong use")

    sarif = json.loads(run("--format", "sarif", refuted).stdout)
    want({r["ruleId"] for r in sarif["runs"][0]["results"]} >= {"R1", "R3"}, "SARIF has R1 and R3")
    flows = [r["codeFlows"][0]["threadFlows"][0]["locations"] for r in sarif["runs"][0]["results"] if "codeFlows" in r]
    want(flows and all(len(f) > 1 for f in flows), "SARIF shows the way, step by step")
    for step in flows[0]:
        place = step["location"]["physicalLocation"]
        want(place["artifactLocation"]["uri"] and place["region"]["startLine"] >= 1, "each step has its place")
    first_step, last_step = flows[0][0]["location"]["message"]["text"], flows[0][-1]["location"]["message"]["text"]
    want(first_step.startswith("`") and last_step.startswith("lost at `"), "from the first hop to the loss")
    markdown = run("--format", "markdown", refuted).stdout
    want(markdown.startswith("## Proofs") and markdown.count("```") == 2, "Markdown with one block")
    want(run("-q", acme).stdout == "", "quiet says nothing where all is proved")
    want(run("/nonexistent").returncode == 2, "an unreadable path gives exit status 2")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(acme, folder, dirs_exist_ok=True)
        network = os.path.join(folder, "network.had")
        with open(network, encoding="utf-8") as file:
            text = file.read()
        with open(network, "w", encoding="utf-8") as file:
            file.write(text.replace('"DGTDub"', '"EqDB2"'))  # both lines at one location

        def codes(extra):
            with open(os.path.join(folder, "more.had"), "w", encoding="utf-8") as file:
                file.write("had 1\n" + extra)
            done = subprocess.run([sys.argv[1], "check", "--as-of", "2026-11-24", "--format", "json", folder],
                                  capture_output=True, text=True, timeout=60, check=False)
            return {f["code"]: f["waived"] for f in json.loads(done.stdout)["findings"]}

        want("F1" in codes("") and codes("")["F1"] is None, "a refuted F1 is a finding of check")
        waived = codes('waive F1 on spec because "the second line is ordered" until 2027-01-31\n')
        want(waived.get("F1") is not None, "a waiver covers F1")
        want("HAD0601" not in waived, "F1 is a known code of waivers")
    print(f"{failed} failed")
    sys.exit(1 if failed else 0)


main()
