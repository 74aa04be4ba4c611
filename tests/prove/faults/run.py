#!/usr/bin/env python3
"""Plants one fault at a time and looks what the proofs say: run.py HAD ACME faults.tsv [NAME…]

A row replaces one text of one file (it stands there once; `\\n` is a newline). The proofs must then refute
the query with the reason, at the place and at the hop that the row names, as `R1 ROUTE_NOT_FOUND network.had:39 at
hub core/segment workloads:table`; of several, each. `F1 is assumed` is a verdict that names what it rests on. The near
miss, another replacement of the same file, leaves everything proved, or `R1 is assumed` where the ninth column allows
it. With `?` the row is tried and what is found is printed. Base `groups` is acme with a stated group at its
controllers, `ldaps` with LDAP over TLS at its directory, `admin` with the directory's administration host in another
network; `ipv6` is hubs with IPv6 in the network of a member, `letters` is hubs without ids of zones. Where a row
expects assumptions alone, nothing may be refuted.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def prove(had, folder):
    run = subprocess.run([had, "prove", "--format", "json", "--as-of", "2026-11-24", folder],
                         capture_output=True, text=True, timeout=60, check=False)
    try:
        document = json.loads(run.stdout)
        queries = document["queries"]
    except (json.JSONDecodeError, KeyError):
        return f"nothing is proved (status {run.returncode}): {run.stdout[:600]}{run.stderr[:600]}"
    found = {f"{q['id']} {x['reason']} {os.path.basename(x.get('file', '-'))}:{x.get('line', 0)} at "
             f"{x.get('dropped_at', '-')}"
             for q in queries for x in q["counterexamples"]}
    found |= {f"{q['id']} is {q['verdict']}" for q in queries if q["verdict"] in ("assumed", "unknown")}
    unproved = {q["id"] for q in queries if q["verdict"] != "proved"}
    if (run.returncode == 1) != any(q["verdict"] == "refuted" for q in queries):
        return f"exit status {run.returncode} does not fit the verdicts"
    return found, unproved


GROUPS = [("identity.had", 'import "network.had"',
           'quota "security group rules" because "support case 4711" { limit = 200 }\nimport "network.had"'),
          ("directories.had", "address = 10.17.0.10 }",
           "address = 10.17.0.10, security-groups = [shared.dcs] }"),
          ("directories.had", "address = 10.17.1.10 }",
           "address = 10.17.1.10, security-groups = [shared.dcs] }")]
IPV6 = [("main.had", "  cidr    = 10.20.0.0/20\n  subnet app-a in zone a { cidr = 10.20.0.0/24 }",
         "  cidr    = 10.20.0.0/20\n  ipv6-cidr = fd00:20::/56\n"
         "  subnet app-a in zone a { cidr = 10.20.0.0/24, ipv6-cidr = fd00:20::/64 }")]
# Bases that are another with something beside it.
MORE = {
    "groups": ("acme", GROUPS),
    "ldaps": ("acme", [("directories.had", "  edition     = enterprise\n",
                        "  edition     = enterprise\n  ldaps       = server\n")]),
    "admin": ("acme", [("directories.had", "instance aws-admin-1 in subnet shared.directory-a",
                        "instance aws-admin-1 in subnet endpoints.resolver-a"), GROUPS[0]]),
    "ipv6": ("hubs", IPV6),
    "letters": ("hubs", [("main.had", '  zone-ids { a = "euw1-az1", b = "euw1-az2" }\n', ""),
                         ("main.had", '  zone-ids { a = "euc1-az2", b = "euc1-az3" }\n', "")]),
}


def change(folder, file, old, new):
    path = os.path.join(folder, file)
    with open(path, encoding="utf-8") as source:
        text = source.read()
    if text.count(old) != 1:
        return f"`{old}` stands {text.count(old)} times in {file}"
    with open(path, "w", encoding="utf-8") as target:
        target.write(text.replace(old, new))
    return None


def planted(had, base, file, old, new, more=()):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(base, folder, dirs_exist_ok=True)
        for edit in ((file, old.replace("\\n", "\n"), new.replace("\\n", "\n")), *more):
            if problem := change(folder, *edit):
                return problem
        return prove(had, folder)


def main():
    had, acme, table, *wanted = sys.argv[1:]
    bases = {"acme": acme, "hubs": os.path.join(HERE, "bases", "hubs")}
    rows, failed = 0, 0
    bases |= {name: bases[base] for name, (base, _) in MORE.items()}
    for name, base in list(bases.items())[:2]:
        result = prove(had, base)
        if isinstance(result, str) or result[0] or result[1]:
            print(f"base {name} is not proved: {result}")
            failed += 1
    with open(table, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.rstrip("\n").split("\t")
            if len(cells) not in (8, 9):
                sys.exit(f"{len(cells)} columns: {line}")
            name, base, file, old, new, expected, near_old, near_new, *allowed = cells
            allowed = allowed[0].split("; ") if allowed else []
            if wanted and name not in wanted:
                continue
            rows += 1
            more = MORE.get(base, (base, ()))[1]
            result = planted(had, bases[base], file, old, new, more)
            if expected == "?":
                print(f"{name}: {'; '.join(sorted(result[0])) if not isinstance(result, str) else result}"
                      f" {sorted(result[1]) if not isinstance(result, str) else ''}")
            elif isinstance(result, str):
                print(f"{name}: {result}")
                failed += 1
            else:
                missing = set(expected.split("; ")) - result[0]
                told = {x for x in result[0] if " is " not in x}
                if all(x.endswith(" is assumed") for x in expected.split("; ")) and told:
                    missing |= {f"nothing but assumptions, for there is {x}" for x in told}
                if missing:
                    print(f"{name}: not found: {'; '.join(sorted(missing))}; "
                          f"found {'; '.join(sorted(result[0])) or 'nothing'}")
                    failed += 1
            near = planted(had, bases[base], file, near_old, near_new, more)
            if isinstance(near, str):
                print(f"{name}, near miss: {near}")
                failed += 1
            elif near[0] - set(allowed):
                print(f"{name}, near miss: found {'; '.join(sorted(near[0]))}")
                failed += 1
    print(f"{rows} faults, {failed} failed")
    sys.exit(1 if failed or not rows else 0)


main()
