#!/usr/bin/env python3
"""Replays a certificate of `had prove` over the resource graph: check_certificate.py GRAPH.json CERTIFICATE.json

GRAPH.json is what `had graph --resources --format json` prints. Nothing of the prover is used: every claim of
R1 to R4 is decided again, packet by packet, for each member that it speaks of, and the hops that the prover
names are compared with those found here. Standard library only.
"""
import ipaddress
import json
import sys

TYPE = {}


def number(text):
    return int(ipaddress.IPv4Address(text))


def net(text):
    try:
        n = ipaddress.IPv4Network(text, strict=False)
    except (ValueError, TypeError):
        return None
    return int(n.network_address), int(n.netmask), n.prefixlen


def holds(text, address):
    n = net(text)
    return n is not None and address & n[1] == n[0]


class Graph:
    def __init__(self, document):
        self.nodes = {n["address"]: n for n in document["nodes"]}
        self.by_type = {}
        for n in document["nodes"]:
            self.by_type.setdefault(n["type"], []).append(n)
        self.memo = {}

    def all(self, kind):
        return self.by_type.get("AWS::" + kind if "::" in kind and not kind.startswith("had") else kind, [])

    def index(self, kind, prop):
        """Nodes of a type by the node that a property reads."""
        key = (kind, prop)
        if key not in self.memo:
            table = {}
            for n in self.all(kind):
                table.setdefault(read(n["properties"].get(prop)), []).append(n)
            self.memo[key] = table
        return self.memo[key]


def final(value):
    return value["had:staged"][-1] if isinstance(value, dict) and "had:staged" in value else value


def read(value):
    value = final(value)
    return value.get("had:read") if isinstance(value, dict) else None


class Stop(Exception):
    pass


class Walk:
    """One packet; raises Stop where it is lost. `hops` are the pairs of at and matched."""

    def __init__(self, g, source, target, a, b, protocol, port, reply):
        self.g, self.source, self.target, self.a, self.b = g, source, target, a, b
        self.protocol, self.port, self.reply = protocol, port, reply
        self.hops, self.entered = [], []

    def hop(self, at, matched=None):
        self.hops.append((at, matched))

    # ---- filters
    def line(self, protocol, first, last):
        if protocol in (-1, "-1"):
            return True
        return protocol in (self.protocol, {6: "tcp", 17: "udp"}[self.protocol]) and first <= self.port <= last

    def acl(self, subnet, out, address):
        for association in self.g.index("EC2::SubnetNetworkAclAssociation", "SubnetId").get(subnet, []):
            acl = read(association["properties"]["NetworkAclId"])
            entries = [e["properties"] for e in
                       self.g.index("EC2::NetworkAclEntry", "NetworkAclId").get(acl, [])]
            for e in sorted(entries, key=lambda e: e["RuleNumber"]):
                ports = e.get("PortRange", {})
                if e.get("Egress", False) == out and holds(e.get("CidrBlock"), address) and \
                        self.line(e["Protocol"], ports.get("From", 0), ports.get("To", 65535)):
                    if e["RuleAction"] == "allow":
                        return
                    break
            raise Stop(f"network ACL of {subnet}")

    def carried(self, host):
        if host["group"]:
            return [host["group"]]
        node = self.g.nodes.get(host["node"], {"properties": {}})
        return [read(x) for x in node["properties"].get("SecurityGroupIds", [])]

    def groups(self, host, out, peer, address):
        if host["lets_all"]:
            return
        kind, end = ("EC2::SecurityGroupEgress", "DestinationSecurityGroupId") if out else \
            ("EC2::SecurityGroupIngress", "SourceSecurityGroupId")
        groups = self.carried(host)
        if not groups and out:
            return
        for group in groups:
            node = self.g.nodes[group]
            if node["type"] == "had::DirectorySecurityGroupLookup":
                vpc = read(self.g.nodes[host["node"]]["properties"]["VpcSettings"]["VpcId"])
                if group in self.carried(peer) or (not out and self.in_vpc(vpc, address)):
                    return
            for rule in self.g.index(kind, "GroupId").get(group, []):
                p = rule["properties"]
                if self.line(p["IpProtocol"], p.get("FromPort", 0), p.get("ToPort", 65535)) and \
                        (read(p.get(end)) in self.carried(peer) if end in p else holds(p.get("CidrIp"), address)):
                    return
        raise Stop(f"security groups of {host['name']}")

    # ---- VPCs
    def ranges(self, vpc):
        yield self.g.nodes[vpc]["properties"].get("CidrBlock")
        for c in self.g.index("EC2::VPCCidrBlock", "VpcId").get(vpc, []):
            yield c["properties"].get("CidrBlock")

    def in_vpc(self, vpc, address):
        return any(holds(r, address) for r in self.ranges(vpc))

    def vpc(self, subnet):
        return read(self.g.nodes[subnet]["properties"]["VpcId"])

    def zone(self, subnet):
        n = self.g.nodes[subnet]
        p = n["properties"]
        return p.get("AvailabilityZoneId") or (p.get("AvailabilityZone"), n["account"])

    def table(self, subnet):
        found = self.g.index("EC2::SubnetRouteTableAssociation", "SubnetId").get(subnet, [])
        return read(found[0]["properties"]["RouteTableId"]) if found else None

    def route(self, subnet):
        local = max((net(r)[2] for r in self.ranges(self.vpc(subnet)) if holds(r, self.b)), default=-1)
        best = None
        for r in self.g.index("EC2::Route", "RouteTableId").get(self.table(subnet), []):
            cidr = r["properties"].get("DestinationCidrBlock")
            if holds(cidr, self.b) and net(cidr)[2] > local:
                local, best = net(cidr)[2], r
        return best, best is None and local >= 0

    def arrive(self):
        if not self.reply:
            self.groups(self.target, False, self.source, self.a)

    def deliver(self, vpc, last):
        subnet = next((s["address"] for s in self.g.index("EC2::Subnet", "VpcId").get(vpc, [])
                       if holds(s["properties"]["CidrBlock"], self.b)), None)
        if subnet is None or subnet != self.target["subnet"]:
            raise Stop(f"{vpc} is the wrong network")
        self.hop(subnet)
        if subnet != last:
            self.acl(subnet, False, self.a)
        self.arrive()

    def leave(self, subnet):
        route, local = self.route(subnet)
        if local:
            self.hop(subnet, self.table(subnet))
            return self.deliver(self.vpc(subnet), subnet)
        if route is None:
            raise Stop(f"no route in {subnet}")
        self.hop(subnet, route["address"])
        p = route["properties"]
        if "TransitGatewayId" in p:
            return self.to_hub(subnet, read(p["TransitGatewayId"]))
        if "VpcPeeringConnectionId" in p:
            peer = self.g.nodes[read(p["VpcPeeringConnectionId"])]["properties"]
            ends = [read(peer["VpcId"]), read(peer["PeerVpcId"])]
            own = self.vpc(subnet)
            if own not in ends:
                raise Stop("a peering of others")
            return self.deliver(ends[ends[0] == own], None)
        raise Stop(f"{route['address']} leads elsewhere")

    # ---- transit gateways
    def to_hub(self, subnet, hub):
        for a in self.g.index("EC2::TransitGatewayAttachment", "VpcId").get(self.vpc(subnet), []):
            if read(a["properties"]["TransitGatewayId"]) != hub:
                continue
            near = [e for e in map(read, a["properties"]["SubnetIds"]) if self.zone(e) == self.zone(subnet)]
            if not near:
                raise Stop(f"{a['address']} is not in the zone")
            for e in near:
                self.acl(e, False, self.a)
            return self.hub(a["address"], hub, subnet)
        raise Stop(f"{subnet} is not attached to {hub}")

    def associated(self, attachment, hub):
        for n in self.g.index("EC2::TransitGatewayRouteTableAssociation", "TransitGatewayAttachmentId") \
                .get(attachment, []):
            table = read(n["properties"]["TransitGatewayRouteTableId"])
            if read(self.g.nodes[table]["properties"]["TransitGatewayId"]) == hub:
                return table, n["address"]
        raise Stop(f"{attachment} is in no segment")

    def learned(self, links):
        for f in self.g.all("had::Advertisement"):
            p = f["properties"]
            if p["Direction"] == "learned" and p["Link"] in links and holds(p["Cidr"], self.b):
                yield net(p["Cidr"])[2], f["address"]

    def links(self, attachment):
        behind = read(self.g.nodes[attachment]["properties"]["ResourceId"])
        if self.g.nodes[behind]["type"] == "AWS::EC2::VPNConnection":
            return 3, {object_of(behind)}
        return 2, {object_of(v["address"]) for v in
                   self.g.index("DirectConnect::TransitVirtualInterface", "DirectConnectGatewayId").get(behind, [])}

    def hub(self, attachment, hub, subnet):
        if (attachment, hub) in self.entered or len(self.entered) >= 64:
            raise Stop(f"a circle at {attachment}")
        table, association = self.associated(attachment, hub)
        self.hop(attachment, association)
        ways = []  # (-length, rank, attachment, node, black hole)
        for r in self.g.index("EC2::TransitGatewayRoute", "TransitGatewayRouteTableId").get(table, []):
            p = r["properties"]
            if holds(p["DestinationCidrBlock"], self.b):
                ways.append((-net(p["DestinationCidrBlock"])[2], 0, read(p.get("TransitGatewayAttachmentId")),
                             r["address"], p.get("Blackhole", False), None))
        for r in self.g.index("EC2::TransitGatewayRouteTablePropagation", "TransitGatewayRouteTableId") \
                .get(table, []):
            a = read(r["properties"]["TransitGatewayAttachmentId"])
            if self.g.nodes[a]["type"] == "AWS::EC2::TransitGatewayAttachment":
                for cidr in self.ranges(read(self.g.nodes[a]["properties"]["VpcId"])):
                    if holds(cidr, self.b):
                        ways.append((-net(cidr)[2], 1, a, r["address"], False, None))
            else:
                rank, links = self.links(a)
                ways += [(-length, rank, a, r["address"], False, fact) for length, fact in self.learned(links)]
        if not ways:
            raise Stop(f"no route in {table}")
        best = min(w[:2] for w in ways)
        taken = {}
        for w in sorted(ways, key=lambda w: w[:2]):
            if w[:2] == best:
                taken.setdefault(w[2], w)
        if any(w[4] for w in taken.values()) or (best[1] <= 1 and len(taken) > 1):
            raise Stop(f"a black hole or two ways in {table}")
        self.entered.append((attachment, hub))
        for _, _, a, node, _, fact in taken.values():
            self.hop(table, node)
            kind = self.g.nodes[a]["type"] if a else None
            if kind == "AWS::EC2::TransitGatewayAttachment":
                self.into_vpc(a, subnet)
            elif kind == "AWS::EC2::TransitGatewayPeeringAttachment":
                p = self.g.nodes[a]["properties"]
                ends = [read(p["TransitGatewayId"]), read(p["PeerTransitGatewayId"])]
                self.hub(a, ends[ends[0] == hub], None)
            elif kind == "had::AttachmentLookup" and (fact or list(self.learned(self.links(a)[1]))):
                if self.target["site"] is None:
                    raise Stop("on-premises is the wrong place")
                self.hop(a, fact)
                self.hop(next(s["address"] for s in self.g.all("had::OnPremisesSite")
                              if s["properties"]["Name"] == self.target["site"]))
            else:
                raise Stop(f"{node} leads into nothing")
        self.entered.pop()

    def into_vpc(self, attachment, subnet):
        p = self.g.nodes[attachment]["properties"]
        subnets = list(map(read, p["SubnetIds"]))
        near = [e for e in subnets if subnet and self.zone(e) == self.zone(subnet)]
        for e in near or subnets:
            self.hop(attachment, e)
            _, local = self.route(e)
            if not (local and holds(self.g.nodes[e]["properties"]["CidrBlock"], self.b)):
                self.acl(e, True, self.b)
            if local:
                self.deliver(self.vpc(e), e)
            else:
                self.leave(e)

    # ---- on-premises
    def from_site(self):
        found = False
        for f in self.g.all("had::OnPremisesLink"):
            p = f["properties"]
            if self.source["site"] not in p.get("Sites", [self.source["site"]]):
                continue
            for n in self.g.nodes.values():
                if object_of(n["address"]) != p["Link"]:
                    continue
                if n["type"] == "AWS::EC2::VPNConnection":
                    behind, allowed = n["address"], None
                elif n["type"] == "AWS::DirectConnect::TransitVirtualInterface":
                    behind = read(n["properties"]["DirectConnectGatewayId"])
                    hubs = [(max((net(c)[2] for c in h["properties"]["AllowedPrefixesToDirectConnectGateway"]
                                  if holds(c, self.b)), default=-1), h)
                            for h in self.g.index("DirectConnect::DirectConnectGatewayAssociation",
                                                  "DirectConnectGatewayId").get(behind, [])]
                    length, hub = max(hubs, key=lambda x: x[0], default=(-1, None))
                    if length < 0:
                        continue
                    allowed = hub
                else:
                    continue
                for a in self.g.index("had::AttachmentLookup", "ResourceId").get(behind, []):
                    hub = read(a["properties"]["TransitGatewayId"])
                    if allowed and read(allowed["properties"]["AssociatedGatewayId"]) != hub:
                        continue
                    found = True
                    self.hop(n["address"], allowed["address"] if allowed else None)
                    self.hub(a["address"], hub, None)
        if not found:
            raise Stop("the site is not told the way")

    def run(self):
        if self.source["subnet"] is None:
            return self.from_site()
        if not self.reply:
            self.groups(self.source, True, self.target, self.b)
        if self.source["subnet"] == self.target["subnet"]:
            self.hop(self.source["subnet"])
            return self.arrive()
        self.acl(self.source["subnet"], True, self.b)
        return self.leave(self.source["subnet"])


def object_of(address):
    quoted = False
    for i, c in enumerate(address):
        quoted ^= c == '"'
        if c == ":" and not quoted:
            return address[:i]
    return address


def flow(g, source, target, ports):
    """Every packet there and back; returns how many."""
    count = 0
    for a in map(number, source["addresses"]):
        for b in map(number, target["addresses"]):
            for protocol, first, last in ports:
                for port in {first, (first + last) // 2, last}:
                    Walk(g, source, target, a, b, protocol, port, False).run()
                    count += 1
                for port in (source["low_port"], 65535):
                    Walk(g, target, source, b, a, protocol, port, True).run()
                    count += 1
    return count


def same_way(g, claim, reply):
    ends = (claim["to"], claim["from"]) if reply else (claim["from"], claim["to"])
    protocol, first, _ = claim["ports"][0]
    walk = Walk(g, *ends, number(ends[0]["addresses"][0]), number(ends[1]["addresses"][0]), protocol,
                claim["from"]["low_port"] if reply else first, reply)
    walk.run()
    named = {tuple(h) for h in claim["reply" if reply else "request"]}
    if named != set(walk.hops):
        raise Stop(f"other hops: {sorted(map(str, named ^ set(walk.hops)))}")


def servers(g, domain):
    """Addresses that answer for the domain: of controllers, and directories by their node."""
    found = set()
    for n in g.all("had::DomainMember"):
        p = n["properties"]
        if p["Role"] == "controller" and p["Domain"] == domain and p.get("Machine") in g.nodes:
            found.add(g.nodes[p["Machine"]]["properties"].get("PrivateIpAddress"))
    for n in g.all("had::OnPremisesServer"):
        if domain in n["properties"].get("Domains", []):
            found.add(n["properties"]["Address"])
    found |= {n["address"] for n in g.all("DirectoryService::MicrosoftAD") if n["properties"]["Name"] == domain}
    return found


def check_names(g, claim):
    domain, rules = claim["domain"], []
    for a in g.index("Route53Resolver::ResolverRuleAssociation", "VPCId").get(claim["vpc"], []):
        rule = g.nodes[read(a["properties"]["ResolverRuleId"])]
        name = rule["properties"]["DomainName"].rstrip(".")
        if domain == name or domain.endswith("." + name):
            rules.append((len(name), rule))
    if not rules:
        raise Stop("no rule is associated")
    rule = max(rules, key=lambda r: r[0])[1]
    if rule["properties"]["RuleType"] != "FORWARD":
        raise Stop("the rule does not forward")
    known = servers(g, domain)
    for target in final(rule["properties"]["TargetIps"]):
        ip = final(target["Ip"])
        if (read(ip) or ip) not in known:
            raise Stop(f"{ip} does not answer for {domain}")
    zones = {Walk(g, *[None] * 7).zone(read(x["SubnetId"])) for x in
             g.nodes[read(rule["properties"]["ResolverEndpointId"])]["properties"]["IpAddresses"]}
    if len(zones) < 2:
        raise Stop("the endpoint stands in one zone")


def check_site(g, claim):
    cidr = g.nodes[claim["member"]["subnet"]]["properties"]["CidrBlock"]
    best = None
    for n in g.all("had::DscConfiguration"):
        for r in n["properties"]["Resources"]:
            if r["Type"] != "ADReplicationSubnet":
                continue
            p = r["Properties"]
            wide = net(p["Name"])
            if wide and wide[2] <= net(cidr)[2] and holds(p["Name"], net(cidr)[0]) and \
                    (best is None or wide[2] > best[0]):
                best = (wide[2], p["Site"])
    if best is None or best[1] != claim["site"]:
        raise Stop(f"{cidr} is in site {best and best[1]}")
    region = g.nodes[claim["member"]["subnet"]]["region"]
    for n in g.all("had::DscConfiguration"):
        machine = g.nodes.get(n.get("machine"), {})
        for r in n["properties"]["Resources"]:
            p = r.get("Properties", {})
            if machine.get("region") == region and (
                    (r["Type"] == "ADDomainController" and p.get("SiteName") == best[1]) or
                    (r["Type"] == "ADReplicationSite" and p.get("RenameDefaultFirstSiteName") and
                     p["Name"] == best[1])):
                return
    raise Stop(f"site {best[1]} has no controller in {region}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        g = Graph(json.load(file))
    with open(sys.argv[2], encoding="utf-8") as file:
        certificate = json.load(file)
    counts, packets, failed = {}, 0, 0
    for claim in certificate["claims"]:
        counts[claim["query"]] = counts.get(claim["query"], 0) + 1
        try:
            if claim["query"] in ("R1", "R2"):
                for member in [claim["from"], *claim.get("like_it", [])]:
                    packets += flow(g, member, claim["to"], claim["ports"])
                same_way(g, claim, False)
                same_way(g, claim, True)
            elif claim["query"] == "R3":
                check_names(g, claim)
            else:
                check_site(g, claim)
        except (Stop, KeyError, StopIteration) as problem:
            failed += 1
            print(f"{claim['query']} {claim.get('from', claim.get('member', {})).get('name', claim.get('vpc'))}: "
                  f"{type(problem).__name__} {problem}")
    print(", ".join(f"{n} claims of {q}" for q, n in sorted(counts.items())) +
          f"; {packets} packets replayed; {failed} failed")
    sys.exit(1 if failed or not counts else 0)


if __name__ == "__main__":
    main()
