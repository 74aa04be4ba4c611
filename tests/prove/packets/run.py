#!/usr/bin/env python3
"""The prover against real packets: run.py HAD PROVE_PAIRS [--specs N] [--seed S] [--pairs P] [--seconds T]

Random foundations become namespaces of the kernel (network.py), out of `had graph --resources --format json` alone.
Pairs of hosts are probed with TCP and UDP on the ports of their flow, names are asked of dnsmasq, and each answer is
compared with what the prover says of the same addresses and ports. What the prover only assumes is not compared. Where
several ways are equally good the prover wants all of them to work; the lab tries two, and counts a refusal that
neither shows as undecided. Exits 77, loudly, where the kernel gives no namespaces.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import probes as p
from namespaces import Lab
from network import Network, final, read

SKIPPED = 77


def try_kernel():
    """Everything that a lab needs, once: two namespaces, a cable, a filter with state, a packet."""
    lab = Lab()
    try:
        a, b = lab.new("first"), lab.new("second")
        lab.link(a, b)
        b.nft.append("chain c { type filter hook input priority 0; policy drop; ct state established accept\n"
                     "tcp dport 53 accept\n}")
        lab.build()
    finally:
        lab.close()


def try_names():
    """Whether a dnsmasq in a namespace answers; it does not in each kind of container."""
    if not p.shutil.which("dnsmasq"):
        return "dnsmasq is not installed"
    lab = Lab()
    try:
        host = {"space": lab.new("names"), "address": "127.0.0.1"}
        lab.build()
        server = p.serve(host, ["example.com"])
        try:
            return None if any(p.ask(host, "127.0.0.1", "example.com", 17) or time.sleep(0.1) for _ in range(20)) \
                else "dnsmasq does not start in a namespace"
        finally:
            server.kill()
            server.wait()
    finally:
        lab.close()


def edges(graph):
    """Ports at which a line of the graph begins or ends."""
    found = set()

    def walk(value, key):
        if isinstance(value, dict):
            for k, v in value.items():
                walk(v, k)
        elif isinstance(value, list):
            for v in value:
                walk(v, key)
        elif isinstance(value, int) and ("Port" in key or key in ("From", "To")):
            found.update((value - 1, value, value + 1))

    for n in graph["nodes"]:
        walk(n["properties"], "")
    return sorted(found)


def some(first, last, known, most=6):
    ports = [first, last] + [x for x in known if first < x < last]
    return list(dict.fromkeys(ports))[:most]


def plan(pair, hosts, known):
    """Probes of each row of a pair: every port from one source, then every source to one port."""
    rows = []
    for row in pair["rows"]:
        targets = some(row["first"], row["last"], known)
        sources = some(hosts[pair["from"]]["low_port"], 65535, known)
        mix = [(sources[0], t) for t in targets] + [(s, targets[0]) for s in sources[1:]]
        rows.append((row, [(pair["from"], s, pair["to"], t, row["protocol"]) for s, t in mix]))
    return rows


def zones_of(network, host):
    """Domains for which a host answers, as the graph says."""
    found = set()
    for n in network.all("had::DomainMember"):
        q = n["properties"]
        if q["Role"] == "controller" and q.get("Machine") == host["node"]:
            found.add(q["Domain"])
    node = network.nodes[host["node"]]
    if node["type"] == "had::OnPremisesServer":
        found |= set(node["properties"].get("Domains", []))
    if node["type"] == "AWS::DirectoryService::MicrosoftAD":
        found.add(node["properties"]["Name"])
    return found


def resolve(network, vpc, domain):
    """Whether every target of the most specific rule answers every address of its endpoint, by UDP and TCP."""
    rules = []
    for a in network.of("Route53Resolver::ResolverRuleAssociation", "VPCId", vpc):
        rule = network.props(read(a["properties"]["ResolverRuleId"]))
        name = rule["DomainName"].rstrip(".")
        if domain == name or domain.endswith("." + name):
            rules.append((len(name), rule))
    if not rules:
        return False
    rule = max(rules, key=lambda r: r[0])[1]
    endpoint = read(rule["ResolverEndpointId"])
    asking = [h for h in network.hosts.values() if h["node"] == endpoint]
    for target in final(rule["TargetIps"]):
        ip = final(target["Ip"])
        if read(ip):  # one of a directory's addresses, which nobody knows before it stands
            standing = sorted((h for h in network.hosts.values() if h["node"] == read(ip)), key=lambda h: h["number"])
            number = int(ip["attribute"].split("[")[1].rstrip("]")) if "[" in ip.get("attribute", "") else 0
            if number >= len(standing):
                return False
            ip = standing[number]["address"]
        for host in asking:
            if not all(p.ask(host, ip, domain, protocol) or p.ask(host, ip, domain, protocol)
                       for protocol in (17, 6)):
                return False
    return bool(asking)


class Count(dict):
    def add(self, key, n=1):
        self[key] = self.get(key, 0) + n


def one_spec(seed, graph, said, count, dns):
    """All variants of one foundation; returns what the lab and the prover differ in."""
    known, wrong = edges(graph), []
    compared = [pair for pair in said["pairs"] if not pair["assumed"]]
    count.add("pairs", len(compared))
    count.add("pairs only assumed", len(said["pairs"]) - len(compared))
    failed, chosen, rows, unresolved = {}, False, {}, set()
    for variant in (0, 1):
        network = Network(graph, said["hosts"], variant)
        try:
            count.add("namespaces", len(network.lab.all))
            if variant and not network.choices:
                break
            chosen |= network.choices > 0
            rows = {i: plan(pair, network.hosts, known) for i, pair in enumerate(compared)}
            everything = sorted({x for all_rows in rows.values() for _, list_ in all_rows for x in list_})
            tester = p.Probes(network)
            answered = tester.run(everything, p.PATIENCE[0])
            again = [x for all_rows in rows.values() for row, list_ in all_rows if row["passes"]
                     for x in list_ if x not in answered]
            if again:  # twice before calling it a disagreement
                answered |= tester.run(again, p.PATIENCE[1])
            count.add("probes", len(everything))
            count.add("probes answered", len(answered))
            for i, all_rows in rows.items():
                for k, (row, list_) in enumerate(all_rows):
                    lost = [x for x in list_ if x not in answered]
                    if lost:
                        failed.setdefault((i, k), lost[0])
            if dns:
                servers = []
                try:
                    for host in network.hosts.values():
                        domains = zones_of(network, host)
                        if domains:
                            servers.append(p.serve(host, sorted(domains)))
                    if servers:
                        time.sleep(0.15)
                    for name in said["names"]:
                        if not name["assumed"] and not resolve(network, name["vpc"], name["domain"]):
                            unresolved.add((name["vpc"], name["domain"]))
                finally:
                    for server in servers:
                        server.kill()
                        server.wait()
        finally:
            network.lab.close()
    for i, all_rows in rows.items():
        for k, (row, _) in enumerate(all_rows):
            pair = compared[i]
            names = {h["number"]: h["name"] for h in said["hosts"]}
            what = f"{names[pair['from']]} to {names[pair['to']]} on {row['first']}-{row['last']}/{row['protocol']}"
            passes = (i, k) not in failed
            count.add("flows that pass" if row["passes"] else "flows that stop")
            if row["passes"] and not passes:
                wrong.append(f"{what}: proved, but {failed[i, k]} is not answered")
            elif not row["passes"] and passes:
                if chosen:
                    count.add("flows undecided: another of several ways may be the one that stops")
                else:
                    wrong.append(f"{what}: stops by {pair['reason']}, but all probes are answered")
    for name in said["names"] if dns else []:
        if name["assumed"]:
            continue
        good = (name["vpc"], name["domain"]) not in unresolved
        count.add("names that resolve" if name["resolves"] else "names that do not")
        if name["resolves"] != good:
            if good and chosen:
                count.add("names undecided")
            else:
                wrong.append(f"{name['domain']} in {name['vpc']}: prover {name['resolves']}, dnsmasq {good}")
    return wrong


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("had")
    parser.add_argument("prove_pairs")
    parser.add_argument("--specs", type=int, default=6, help="foundations to build")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--pairs", type=int, default=12, help="pairs of hosts in each")
    parser.add_argument("--seconds", type=float, default=0, help="stop after that time, 0 for never")
    parser.add_argument("--keep-going", action="store_true", help="show every disagreement, not the first ten")
    return parser.parse_args()


def main():
    wanted = arguments()
    p.root_again([sys.executable, *sys.argv])
    problem = p.available()
    if not problem:
        try:
            try_kernel()
        except (OSError, RuntimeError) as error:
            problem = str(error).splitlines()[0]
    if problem:
        print(f"SKIPPED, NOTHING IS SHOWN: no lab of network namespaces ({problem}); 0 foundations, 0 probes sent")
        sys.exit(SKIPPED)
    no_names = try_names()
    dns = no_names is None
    if not dns:
        print(f"NAMES ARE LEFT OUT: {no_names}; 0 names asked")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard) if soft < 65536 else (soft, hard))
    count, wrong, seed, start = Count(), [], wanted.seed, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        spec = os.path.join(folder, "random.had")
        while count.get("foundations", 0) < wanted.specs and seed < wanted.seed + wanted.specs * 4:
            if wanted.seconds and time.monotonic() - start > wanted.seconds:
                break
            subprocess.run([wanted.prove_pairs, "random", str(seed), spec], check=True)
            said = subprocess.run([wanted.prove_pairs, str(wanted.pairs), str(seed), spec],
                                  capture_output=True, text=True, check=False)
            seed += 1
            if said.returncode:
                continue
            graph = subprocess.run([wanted.had, "graph", "--resources", "--format", "json", spec],
                                   capture_output=True, text=True, check=True).stdout
            count.add("foundations")
            for line in one_spec(seed - 1, json.loads(graph), json.loads(said.stdout), count, dns):
                wrong.append(f"seed {seed - 1}: {line}")
                if wanted.keep_going or len(wrong) <= 10:
                    print(wrong[-1], flush=True)
    print(", ".join(f"{n} {what}" for what, n in count.items()) +
          f"; {len(wrong)} disagreements; {time.monotonic() - start:.1f} s")
    shown = count.get("flows that pass") and count.get("flows that stop")
    sys.exit(1 if wrong or not shown else 0)


if __name__ == "__main__":
    main()
