#!/usr/bin/env python3
"""The prover against real packets: run.py HAD PROVE_PAIRS [--specs N] [--seed S] [--pairs P] [--seconds T]

Random foundations become namespaces of the kernel (network.py), out of `had graph --resources --format json` alone.
Pairs of hosts are probed with TCP and UDP on the ports of their flow, names are asked of dnsmasq, and each answer is
compared with what the prover says of the same addresses and ports. Then things go down, one after the other: the
interfaces of a zone, a controller, a link, a site; the tables that AWS and BGP keep say so, and all is probed again. What the prover only assumes is not compared. Where
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


def resolve(network, vpc, domain, each):
    """Whether every target of the most specific rule answers every address of its endpoint, by UDP and TCP; or, with
    something down, whether one of them answers one."""
    rules = []
    for a in network.of("Route53Resolver::ResolverRuleAssociation", "VPCId", vpc):
        rule = network.props(read(a["properties"]["ResolverRuleId"]))
        name = rule["DomainName"].rstrip(".")
        if domain == name or domain.endswith("." + name):
            rules.append((len(name), rule))
    if not rules:
        return False
    longest, rule = max(rules, key=lambda r: r[0])
    if any(hides(network, z, vpc, domain, longest) for z in network.all("Route53::HostedZone")):
        return False
    endpoint = read(rule["ResolverEndpointId"])
    asking = [h for h in network.hosts.values() if h["node"] == endpoint]
    found = []
    for target in final(rule["TargetIps"]):
        ip = final(target["Ip"])
        if read(ip):  # one of a directory's addresses, which nobody knows before it stands
            standing = sorted((h for h in network.hosts.values() if h["node"] == read(ip)), key=lambda h: h["number"])
            number = int(ip["attribute"].split("[")[1].rstrip("]")) if "[" in ip.get("attribute", "") else 0
            if number >= len(standing):
                return False
            ip = standing[number]["address"]
        for host in asking:
            found.append(all(p.ask(host, ip, domain, protocol) or p.ask(host, ip, domain, protocol)
                             for protocol in (17, 6)))
            if found[-1] != each:
                return not each
    return each and bool(found)


def hides(network, zone, vpc, domain, longest):
    """Whether a private zone of the VPC is more specific than the rule."""
    name = zone["properties"]["Name"].rstrip(".")
    here = any(read(v["VPCId"]) == vpc for v in zone["properties"].get("VPCs", [])) or any(
        read(a["properties"]["VPCId"]) == vpc
        for a in network.of("had::ZoneAssociation", "HostedZoneId", zone["address"]))
    return here and len(name) > longest and (domain == name or domain.endswith("." + name))


class Count(dict):
    def add(self, key, n=1):
        self[key] = self.get(key, 0) + n


class Foundation:
    """One foundation as it stands, then without each of some things: what the lab and the prover differ in."""

    def __init__(self, graph, said, count, dns):
        self.graph, self.said, self.count, self.dns = graph, said, count, dns
        self.known = edges(graph)
        self.states = [dict(said, what=None), *said["losses"]]
        self.failed, self.unresolved = {}, set()  # by state
        self.chosen, self.rows = set(), {}
        for i, state in enumerate(self.states):
            certain = [pair for pair in state["pairs"] if not pair["assumed"]]
            count.add("pairs without a thing" if i else "pairs", len(certain))
            count.add("pairs only assumed", len(state["pairs"]) - len(certain))
        count.add("things taken down", len(said["losses"]))

    def run(self):
        for variant in (0, 1):
            network = Network(self.graph, self.said["hosts"], variant)
            try:
                self.count.add("namespaces", len(network.lab.all))
                if variant and not network.choices:
                    break
                for i, state in enumerate(self.states):
                    if state["what"]:
                        network.lose(state)
                    if network.choices:
                        self.chosen.add(i)
                    self.probe(network, i, state)
                    if self.dns:
                        self.resolve(network, i, state)
                    if state["what"]:
                        network.restore()
            finally:
                network.lab.close()
        return [line for i, state in enumerate(self.states)
                for line in (*self.wrong_flows(i, state), *self.wrong_names(i, state))]

    def probe(self, network, i, state):
        rows = self.rows[i] = [(pair, plan(pair, network.hosts, self.known))
                               for pair in state["pairs"] if not pair["assumed"]]
        tester = p.Probes(network)
        everything = sorted({x for _, planned in rows for _, list_ in planned for x in list_})
        answered = tester.run(everything, p.PATIENCE[0])
        again = [x for _, planned in rows for row, list_ in planned if row["passes"]
                 for x in list_ if x not in answered]
        if again:  # twice before calling it a disagreement
            answered |= tester.run(again, p.PATIENCE[1])
        self.count.add("probes", len(everything))
        self.count.add("probes answered", len(answered))
        for k, (_, planned) in enumerate(rows):
            for n, (_, list_) in enumerate(planned):
                lost = [x for x in list_ if x not in answered]
                if lost:
                    self.failed.setdefault((i, k, n), lost[0])

    def resolve(self, network, i, state):
        servers = []
        try:
            for host in network.hosts.values():
                domains = zones_of(network, host)
                if domains:
                    servers.append(p.serve(host, sorted(domains)))
            if servers:
                time.sleep(0.15)
            for name in state["names"]:
                if self.asked(name) and not resolve(network, name["vpc"], name["domain"], not state["what"]):
                    self.unresolved.add((i, name["vpc"], name["domain"]))
        finally:
            for server in servers:
                server.kill()
                server.wait()

    def asked(self, name):
        """Not where machines ask servers of DHCP's, nor by a chain of endpoints: no dnsmasq of the lab forwards."""
        return not name["assumed"] and not name["by_servers"] and not name["by_chain"]

    def wrong_flows(self, i, state):
        names = {h["number"]: h["name"] for h in self.said["hosts"]}
        without = f"without {state['what']}, " if state["what"] else ""
        for k, (pair, planned) in enumerate(self.rows[i]):
            for n, (row, _) in enumerate(planned):
                what = f"{without}{names[pair['from']]} to {names[pair['to']]} on " \
                       f"{row['first']}-{row['last']}/{row['protocol']}"
                passes = (i, k, n) not in self.failed
                self.count.add(("flows that pass" if row["passes"] else "flows that stop") +
                               (" without it" if without else ""))
                if row["passes"] and not passes:
                    yield f"{what}: proved, but {self.failed[i, k, n]} is not answered"
                elif not row["passes"] and passes:
                    if i in self.chosen and pair["reason"] != "HOST_IS_GONE":
                        self.count.add("flows undecided: another of several ways may be the one that stops")
                    else:
                        yield f"{what}: stops by {pair['reason']}, but all probes are answered"

    def wrong_names(self, i, state):
        for name in state["names"] if self.dns else []:
            if not self.asked(name):
                continue
            good = (i, name["vpc"], name["domain"]) not in self.unresolved
            self.count.add("names that resolve" if name["resolves"] else "names that do not")
            if name["resolves"] == good:
                continue
            if good and i in self.chosen:
                self.count.add("names undecided")
            else:
                yield f"{'without ' + state['what'] + ', ' if state['what'] else ''}{name['domain']} in " \
                      f"{name['vpc']}: prover {name['resolves']}, dnsmasq {good}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("had")
    parser.add_argument("prove_pairs")
    parser.add_argument("--specs", type=int, default=6, help="foundations to build")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--pairs", type=int, default=12, help="pairs of hosts in each")
    parser.add_argument("--losses", type=int, default=2, help="things to take down in each, one after the other")
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
            sound = ["sound"] if seed % 2 else []
            subprocess.run([wanted.prove_pairs, "random", str(seed), spec, *sound], check=True)
            said = subprocess.run([wanted.prove_pairs, str(wanted.pairs), str(seed), spec, str(wanted.losses)],
                                  capture_output=True, text=True, check=False)
            seed += 1
            if said.returncode:
                continue
            graph = subprocess.run([wanted.had, "graph", "--resources", "--format", "json", spec],
                                   capture_output=True, text=True, check=True).stdout
            count.add("foundations")
            for line in Foundation(json.loads(graph), json.loads(said.stdout), count, dns).run():
                wrong.append(f"seed {seed - 1}: {line}")
                if wanted.keep_going or len(wrong) <= 10:
                    print(wrong[-1], flush=True)
    print(", ".join(f"{n} {what}" for what, n in count.items()) +
          f"; {len(wrong)} disagreements; {time.monotonic() - start:.1f} s")
    shown = count.get("flows that pass") and count.get("flows that stop") and \
        (not wanted.losses or count.get("flows that pass without it"))
    sys.exit(1 if wrong or not shown else 0)


if __name__ == "__main__":
    main()
