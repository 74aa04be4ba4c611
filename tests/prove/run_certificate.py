#!/usr/bin/env python3
"""A certificate must replay over its own graph, and must not over a graph that lacks something that it
needs: run_certificate.py HAD SPEC…"""
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


def main():
    had, failed = sys.argv[1], 0
    for spec in sys.argv[2:]:
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
