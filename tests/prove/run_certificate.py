#!/usr/bin/env python3
"""A certificate must replay over its own graph, and must not over a graph that lacks something that it
needs: run_certificate.py HAD PROVE_PAIRS RANDOM SPEC…, with RANDOM random foundations beside the specs."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDED = ["AWS::EC2::TransitGatewayRouteTableAssociation", "AWS::EC2::TransitGatewayAttachment",
          "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::Route",
          "AWS::Route53Resolver::ResolverRuleAssociation", "had::DscConfiguration",
          "AWS::EC2::TransitGatewayRouteTablePropagation"]


def check(graph, certificate):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "graph.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(graph, file)
        return subprocess.run([sys.executable, os.path.join(HERE, "check_certificate.py"), path, certificate],
                              capture_output=True, text=True, timeout=240, check=False)


def random_ones(had, prove_pairs, wanted):
    """Whatever a random foundation has that is proved must replay, too."""
    failed, claims, specs, seed = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        spec, certificate = os.path.join(folder, "random.had"), os.path.join(folder, "certificate.json")
        while specs < wanted and seed < wanted * 4:
            seed += 1
            subprocess.run([prove_pairs, "random", str(seed), spec], check=True)
            if subprocess.run([had, "prove", "--failures", "0", "--certificate", certificate, spec],
                              capture_output=True, check=False).returncode > 1 or not os.path.exists(certificate):
                continue
            shown = subprocess.run([had, "graph", "--resources", "--format", "json", spec], capture_output=True, text=True,
                                   check=False)
            with open(certificate, encoding="utf-8") as file:
                count = len(json.load(file)["claims"])
            if not count or shown.returncode:
                continue
            specs, claims = specs + 1, claims + count
            run = check(json.loads(shown.stdout), certificate)
            os.remove(certificate)
            if run.returncode:
                failed += 1
                print(f"seed {seed}: {run.stdout.strip()[-600:]}{run.stderr[-400:]}")
    print(f"{specs} random foundations with {claims} claims, {failed} do not replay")
    return failed + (specs < wanted)


def main():
    with open(os.path.join(HERE, "check_certificate.py"), encoding="utf-8") as file:
        lines = len(file.readlines())
    print(f"the checker has {lines} lines")  # few enough to be read in one go
    had, failed = sys.argv[1], (lines >= 400) + random_ones(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    for spec in sys.argv[4:]:
        with tempfile.TemporaryDirectory() as folder:
            certificate = os.path.join(folder, "certificate.json")
            subprocess.run([had, "prove", "--certificate", certificate, spec], capture_output=True, check=False)
            graph = json.loads(subprocess.run([had, "graph", "--resources", "--format", "json", spec],
                                              capture_output=True, text=True, check=True).stdout)
            run = check(graph, certificate)
            print(f"{os.path.basename(spec)}: {run.stdout.strip() or run.stderr[-800:]}")
            failed += run.returncode != 0
            for kind in NEEDED:
                less = dict(graph, nodes=[n for n in graph["nodes"] if n["type"] != kind])
                if check(less, certificate).returncode == 0:
                    print(f"{os.path.basename(spec)}: replays without any {kind}")
                    failed += 1
    sys.exit(1 if failed else 0)


main()
