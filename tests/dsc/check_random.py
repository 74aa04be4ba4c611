#!/usr/bin/env python3
"""check_random.py HAD [CHECKER] [--count N] [--seed N]: what `had build` writes for random specs is right.

Every spec is valid and builds. The strict reader takes its scripts, data and MOF, and finds that both forms say the
same; where the syntax checker was built, it reads the scripts too. Then the deliveries: each compiled file has one
association that applies it and one that watches it, by the digest of what was written; sites come before
promotions and first controllers before the others, in the steps and in the templates.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import random_specs  # noqa: E402
import read_dsc  # noqa: E402

RESOURCE = re.compile(r"^  ([A-Za-z0-9]+):\n    Type: AWS::SSM::Association\n(.*?)(?=^  \S|^\S|\Z)", re.M | re.S)


def associations(folder):
    """Name → {mof, mode, wait, after, stack} of all templates."""
    found = {}
    for path in folder.glob("cloudformation/**/*-delivery*.yaml"):
        logical = {}
        for name, body in RESOURCE.findall(path.read_text("utf-8")):
            after = re.search(r"    DependsOn:((?: \S+)|(?:\n      - \S+)+)", body)
            logical[name] = {
                "name": re.search(r"AssociationName: (\S+)", body).group(1),
                "mof": re.search(r"- (?:!Sub )?'?s3:[^\n]*:([^:\n']+\.mof)", body).group(1),
                "mode": re.search(r"MofOperationMode:\n +- (\S+)", body).group(1),
                "compliance": re.search(r"ComplianceType:\n +- (\S+)", body).group(1),
                "waits": "WaitForSuccessTimeoutSeconds" in body,
                "schedule": "ScheduleExpression" in body,
                "after": re.findall(r"[A-Za-z0-9]+", after.group(1)) if after else [],
                "stack": "/".join(path.relative_to(folder / "cloudformation").with_suffix("").parts),
                "logical": name,
            }
        for entry in logical.values():
            entry["after"] = [logical[name]["name"] for name in entry["after"] if name in logical]
            found[entry["name"]] = entry
    return found


def check_deliveries(folder, problems):
    """Compiled files, associations and steps fit together."""
    steps = json.loads((folder / "manifest.json").read_text("utf-8"))["steps"]
    number = {step["id"]: step["number"] for step in steps}
    found = associations(folder)
    deliveries = [step for step in steps if step["kind"] == "delivery"]
    files = {str(path.relative_to(folder)) for path in folder.glob("dsc/**/*.mof")}
    if files != {step["compiled"]["file"] for step in deliveries}:
        problems.append("a compiled file without a step, or the other way round")
    types = set()
    for step in deliveries:
        compiled = step["compiled"]
        digest = hashlib.sha256((folder / compiled["file"]).read_bytes()).hexdigest()
        name = step["association"]["name"]
        apply, watch = found.get(name), found.get(name + "-drift")
        if digest != compiled["sha256"] or digest not in compiled["key"] or "/" in compiled["key"]:
            problems.append(f"{name}: the key does not name the content")
        if not apply or not watch:
            problems.append(f"{name}: not both associations")
            continue
        if apply["mof"] != compiled["key"] or watch["mof"] != compiled["key"]:
            problems.append(f"{name}: another file is applied")
        if (apply["mode"], apply["waits"], apply["schedule"]) != ("Apply", True, False) or \
                (watch["mode"], watch["waits"], watch["schedule"]) != ("ReportOnly", False, True):
            problems.append(f"{name}: not applied once and watched")
        for entry in (apply, watch):
            if not re.fullmatch(r"Custom:[A-Za-z0-9_-]\w+", entry["compliance"]):
                problems.append(f"{name}: {entry['compliance']} is no compliance type")
            key = (step["machine"], entry["compliance"])
            if key in types:
                problems.append(f"{name}: two associations report as {entry['compliance']}")
            types.add(key)
        if number[step["id"]] > number[apply["stack"]]:
            problems.append(f"{name}: applied before it is there")
    check_order(deliveries, found, number, problems)


def precedes(found, number, one, two):
    """The association `one` is applied before `two`: within a stack by DependsOn, else by the stacks' steps."""
    if found[one]["stack"] != found[two]["stack"]:
        return number[found[one]["stack"]] < number[found[two]["stack"]]
    seen, stack = set(), [two]
    while stack:
        for name in found[stack.pop()]["after"]:
            if name == one:
                return True
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return False


def check_order(deliveries, found, number, problems):
    by_role = {}
    for step in deliveries:
        by_role.setdefault((step["forest"], step["role"]), []).append(step)

    def expect(one, two, why):
        names = one["association"]["name"], two["association"]["name"]
        if number[one["id"]] > number[two["id"]]:
            problems.append(f"{names[0]}: its step comes after that of {names[1]}, but {why}")
        if all(name in found for name in names) and not precedes(found, number, *names):
            problems.append(f"{names[0]}: not applied before {names[1]}, but {why}")

    for (forest, role), steps in by_role.items():
        if role != "domain-controller":
            continue
        sites = by_role.get((forest, "forest"), [])
        for step in steps:
            own = {c.rsplit(":", 1)[-1] for c in step["configurations"]}
            for site in sites:
                if "domain" in own and f"forest {forest}:domain" in step["configurations"]:
                    expect(step, site, "sites belong to a forest that is there")
                else:
                    expect(site, step, "the site is there before a promotion into it")
        for later in ("forwarders", "trust", "accounts"):
            for step in by_role.get((forest, later), []):
                first = next((s for s in steps if s["machine"] == step["machine"]), None)
                if first:
                    expect(first, step, "it needs a controller to run on")


def check_machines(spec, folder, problems):
    """Every machine of the spec has its part, and every promotion goes into the site of its Region."""
    nodes = {path.stem for path in folder.glob("dsc/**/*.mof")}
    for machine in spec.machines:
        if machine not in nodes:
            problems.append(f"{machine} has no configuration")
    for forest in spec.forests:
        for domain in forest.all():
            for controller in domain.controllers:
                mof = (folder / "dsc" / forest.label / "domain-controller" / f"{controller.name}.mof").read_text("latin-1")
                mof = mof.replace("\0", "")
                makes = controller.first and not domain.existing
                if makes != ("instance of MSFT_ADDomain as" in mof) or makes == ("instance of MSFT_ADDomainController" in mof):
                    problems.append(f"{controller.name}: not promoted as it should be")
                site = re.search(r' SiteName = "([^"]*)";', mof)
                if not makes and (not site or site.group(1) not in (controller.region, f"AWS-{controller.region}")):
                    problems.append(f"{controller.name}: promoted into another site than that of its Region")


def check_trusts(spec, folder, problems):
    """Sides of forests: by a script where the other one is AWS's, by ADDomainTrust between two of ours."""
    roots = {f"directory {d.label}": d.root for d in spec.directories}
    roots.update({f"forest {f.label}": f.root for f in spec.forests})
    for one, two in spec.trusts:
        for here, there in ((one, two), (two, one)):
            if here.startswith("directory"):
                continue
            script = (folder / "dsc" / here.split()[1] / "trust.ps1")
            text = script.read_bytes().decode("utf-8-sig") if script.is_file() else ""
            both = there.startswith("forest")
            made = f"ADDomainTrust '{roots[there]}'" in text
            local = f"Script 'Trust-{roots[there]}'" in text
            if local != (not both) or made != (both and here == one):
                problems.append(f"trust {one} with {two}: the side of {here} is made in another way")
            forwarders = folder / "dsc" / here.split()[1] / "forwarders.ps1"
            if not forwarders.is_file() or f"Script '{roots[there]}'" not in forwarders.read_bytes().decode("utf-8-sig"):
                problems.append(f"trust {one} with {two}: {here} does not find the other side")


def build(had, temporary, seed):
    spec = random_specs.spec(seed)
    source, folder = pathlib.Path(temporary, f"{seed}.had"), pathlib.Path(temporary, str(seed))
    source.write_text(spec.text, "utf-8")
    return spec, folder, subprocess.run(
        [had, "build", source, "-o", folder, "--as-of", "2026-01-01", "--format", "short"],
        capture_output=True, text=True, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("had")
    parser.add_argument("checker", nargs="?")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    checker = arguments.checker if arguments.checker and pathlib.Path(arguments.checker).exists() else None
    facts = read_dsc.Facts()
    failures = machines = 0
    scripts = []
    with tempfile.TemporaryDirectory() as temporary, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        seeds = range(arguments.seed, arguments.seed + arguments.count)
        for spec, folder, run in pool.map(lambda seed: build(arguments.had, temporary, seed), seeds):
            problems = []
            if run.returncode:
                problems = [line for line in (run.stdout + run.stderr).splitlines() if ": error" in line] or ["no output"]
            else:
                reader = read_dsc.Reader(facts)
                if (folder / "dsc").is_dir():
                    reader.read(folder / "dsc")
                problems = reader.problems
                machines += len(spec.machines)
                check_machines(spec, folder, problems)
                check_deliveries(folder, problems)
                check_trusts(spec, folder, problems)
                scripts += folder.glob("dsc/**/*.ps*1")
            if problems:
                failures += 1
                print(f"{spec.name}:", *problems[:8], sep="\n  ")
        for at in range(0, len(scripts) if checker else 0, 200):
            found = subprocess.run([checker, *scripts[at:at + 200]], capture_output=True, text=True, check=False)
            if found.returncode:
                failures += 1
                print(found.stdout)
    print(f"{arguments.count} specs, {machines} machines, {len(scripts)} scripts"
          f"{'' if checker else ' (no second parser)'}, {failures} failures")
    return 1 if failures or machines < arguments.count else 0


if __name__ == "__main__":
    sys.exit(main())
