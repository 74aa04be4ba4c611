#!/usr/bin/env python3
"""Replays a certificate of `had prove` over the resource graph: check_certificate.py GRAPH.json CERTIFICATE.json

GRAPH.json is what `had graph --resources --format json` prints. Nothing of the prover is used: every claim of R1 to R4
is decided again, packet by packet, for each member that it speaks of, and its hops are compared with those found here.
"""
import collections
import ipaddress
import itertools
import json
import sys


def net(text):
    """Base, mask and length; of what is no IPv4 range, None."""
    try:
        n = ipaddress.IPv4Network(text, strict=False)
        return int(n.network_address), int(n.netmask), n.prefixlen
    except (ValueError, TypeError):
        return None


def holds(text, address):
    n = net(text)
    return n is not None and address & n[1] == n[0]


def length(ranges, address):
    """Of the longest of the ranges that holds the address; -1 if none does."""
    return max((net(r)[2] for r in ranges if holds(r, address)), default=-1)


def final(value):
    return value["had:staged"][-1] if isinstance(value, dict) and "had:staged" in value else value


def read(value):
    value = final(value)
    return value.get("had:read") if isinstance(value, dict) else None


def object_of(address):
    return address.rpartition(":")[0]


class Graph:
    def __init__(self, document):
        self.nodes = {n["address"]: n for n in document["nodes"]}
        self.by_type, self.memo = {}, {}
        for n in document["nodes"]:
            self.by_type.setdefault(n["type"], []).append(n)

    def all(self, kind):
        return self.by_type.get(kind if kind.startswith("had::") else "AWS::" + kind, [])

    def of(self, kind, prop, owner):
        """Nodes of a type whose property reads the owner."""
        if (kind, prop) not in self.memo:
            table = self.memo[kind, prop] = {}
            for n in self.all(kind):
                table.setdefault(read(n["properties"].get(prop)), []).append(n)
        return self.memo[kind, prop].get(owner, [])

    def get(self, address, prop):
        return self.nodes[address]["properties"].get(prop)

    def to(self, address, prop):
        return read(self.get(address, prop))

    def ranges(self, vpc):
        return [self.get(vpc, "CidrBlock")] + [c["properties"].get("CidrBlock")
                                               for c in self.of("EC2::VPCCidrBlock", "VpcId", vpc)]

    def zone(self, subnet):
        p = self.nodes[subnet]["properties"]
        return p.get("AvailabilityZoneId") or (p.get("AvailabilityZone"), self.nodes[subnet]["account"])

    def links(self, attachment):
        """Rank of a line's routes, and the links behind it."""
        behind = self.to(attachment, "ResourceId")
        if self.nodes[behind]["type"] == "AWS::EC2::VPNConnection":
            return 3, {object_of(behind)}
        return 2, {object_of(v["address"]) for v in
                   self.of("DirectConnect::TransitVirtualInterface", "DirectConnectGatewayId", behind)}

    def learned(self, links, address):
        return [(net(f["properties"]["Cidr"])[2], f["address"]) for f in self.all("had::Advertisement")
                if f["properties"]["Direction"] == "learned" and f["properties"]["Link"] in links
                and holds(f["properties"]["Cidr"], address)]


class Walk:
    """One packet; raises LookupError where it is lost. `hops` are the pairs of at and matched."""

    def __init__(self, g, source, target, a, b, protocol, port, reply):
        self.g, self.source, self.target, self.a, self.b = g, source, target, a, b
        self.protocol, self.port, self.reply = protocol, port, reply
        self.hops, self.entered = [], []

    # ---- filters
    def line(self, protocol, first, last):
        return protocol in (-1, "-1") or (
            protocol in (self.protocol, {6: "tcp", 17: "udp"}[self.protocol]) and first <= self.port <= last)

    def acl(self, subnet, out, address):
        for association in self.g.of("EC2::SubnetNetworkAclAssociation", "SubnetId", subnet):
            acl = self.g.of("EC2::NetworkAclEntry", "NetworkAclId", read(association["properties"]["NetworkAclId"]))
            meets = [e for e in sorted((e["properties"] for e in acl), key=lambda e: e["RuleNumber"])
                     if e.get("Egress", False) == out and holds(e.get("CidrBlock"), address) and self.line(
                         e["Protocol"], *(e.get("PortRange", {}).get(k, d) for k, d in (("From", 0), ("To", 65535))))]
            if not meets or meets[0]["RuleAction"] != "allow":
                raise LookupError(f"network ACL of {subnet}")

    def carried(self, host):
        if host["group"]:
            return [host["group"]]
        node = self.g.nodes.get(host["node"], {"properties": {}})
        return [read(x) for x in node["properties"].get("SecurityGroupIds", [])]

    def groups(self, host, out, peer, address):
        groups = self.carried(host)
        if self.reply or host["lets_all"] or (out and not groups):  # they keep state
            return
        kind, end = ("EC2::SecurityGroupEgress", "DestinationSecurityGroupId") if out else \
            ("EC2::SecurityGroupIngress", "SourceSecurityGroupId")
        for group in groups:
            if self.g.nodes[group]["type"] == "had::DirectorySecurityGroupLookup":
                vpc = read(self.g.get(host["node"], "VpcSettings")["VpcId"])
                if group in self.carried(peer) or (not out and length(self.g.ranges(vpc), address) >= 0):
                    return
            for rule in self.g.of(kind, "GroupId", group):
                p = rule["properties"]
                if self.line(p["IpProtocol"], p.get("FromPort", 0), p.get("ToPort", 65535)) and \
                        (read(p[end]) in self.carried(peer) if end in p else holds(p.get("CidrIp"), address)):
                    return
        raise LookupError(f"security groups of {host['name']}")

    # ---- VPCs
    def route(self, subnet):
        """The route of a subnet for the packet, and whether it stays in the VPC instead."""
        found = self.g.of("EC2::SubnetRouteTableAssociation", "SubnetId", subnet)
        table = read(found[0]["properties"]["RouteTableId"]) if found else None
        own = best = length(self.g.ranges(self.g.to(subnet, "VpcId")), self.b)
        route = None
        for r in self.g.of("EC2::Route", "RouteTableId", table):
            if (here := length([r["properties"].get("DestinationCidrBlock")], self.b)) > best:
                best, route = here, r
        return table, route, route is None and own >= 0

    def deliver(self, vpc, last):
        subnet = next(s["address"] for s in self.g.of("EC2::Subnet", "VpcId", vpc)
                      if holds(s["properties"]["CidrBlock"], self.b))
        if subnet != self.target["subnet"]:
            raise LookupError(f"{vpc} is the wrong network")
        self.hops.append((subnet, None))
        if subnet != last:
            self.acl(subnet, False, self.a)
        self.groups(self.target, False, self.source, self.a)

    def leave(self, subnet, device=None):
        table, route, local = self.route(subnet)
        vpc = self.g.to(subnet, "VpcId")
        if local:
            self.hops.append((subnet, table))
            return self.deliver(vpc, subnet)
        if route is None:
            raise LookupError(f"no route in {subnet}")
        self.hops.append((subnet, route["address"]))
        p = route["properties"]
        hub, peering = read(p.get("TransitGatewayId")), read(p.get("VpcPeeringConnectionId"))
        if hub:
            return self.to_hub(subnet, vpc, hub)
        if not peering:
            return self.through(subnet, p.get("VpcEndpointId") or p.get("NetworkInterfaceId"), route, device)
        ends = [self.g.to(peering, "VpcId"), self.g.to(peering, "PeerVpcId")]
        if vpc not in ends or length(self.g.ranges(vpc), self.a) < 0:
            raise LookupError(f"{route['address']} leads elsewhere, or carries what is not its own")
        return self.deliver(ends[ends[0] == vpc], None)

    def through(self, subnet, identity, route, behind):
        """An appliance with stated lines; what leaves it does not come back to it."""
        device = next(d for d in self.g.all("had::Appliance") if identity in d["properties"].get("Endpoints", []))
        rules = device["properties"]["Rules"]
        meets = {r["Action"] for r in rules if holds(r["Source"], self.a) and holds(r["Destination"], self.b)
                 and self.line(r["Protocol"], r.get("FromPort", 0), r.get("ToPort", 65535))}
        if device is behind or len(self.entered) >= 64 or (not self.reply and meets != {"allow"}):
            raise LookupError(f"{device['address']} does not let it pass")
        self.hops.append((device["address"], route["address"]))
        self.entered.append(None)
        for e in device["properties"]["Subnets"]:
            if e != subnet:
                self.acl(e, False, self.a)
            self.acl(e, True, self.b)
            self.leave(e, device)
        self.entered.pop()

    # ---- transit gateways
    def to_hub(self, subnet, vpc, hub):
        a = next(n["address"] for n in self.g.of("EC2::TransitGatewayAttachment", "VpcId", vpc)
                 if self.g.to(n["address"], "TransitGatewayId") == hub)
        near = [e for e in map(read, self.g.get(a, "SubnetIds")) if self.g.zone(e) == self.g.zone(subnet)]
        if not near:
            raise LookupError(f"{a} is not in the zone of {subnet}")
        for e in near:
            self.acl(e, False, self.a)
        return self.hub(a, hub, subnet)

    def ways(self, table):
        """What a table knows of the destination: (-length, rank), attachment, node, black hole, advertisement."""
        for r in self.g.of("EC2::TransitGatewayRoute", "TransitGatewayRouteTableId", table):
            p = r["properties"]
            if holds(p["DestinationCidrBlock"], self.b):
                yield ((-net(p["DestinationCidrBlock"])[2], 0), read(p.get("TransitGatewayAttachmentId")),
                       r["address"], p.get("Blackhole", False), None)
        for r in self.g.of("EC2::TransitGatewayRouteTablePropagation", "TransitGatewayRouteTableId", table):
            a = self.g.to(r["address"], "TransitGatewayAttachmentId")
            rank, found = 1, []
            if self.g.nodes[a]["type"] == "AWS::EC2::TransitGatewayAttachment":
                found = [(net(c)[2], None) for c in self.g.ranges(self.g.to(a, "VpcId")) if holds(c, self.b)]
            else:
                rank, links = self.g.links(a)
                found = self.g.learned(links, self.b)
            for long, fact in found:
                yield (-long, rank), a, r["address"], False, fact

    def hub(self, attachment, hub, subnet):
        if (attachment, hub) in self.entered or len(self.entered) >= 64:
            raise LookupError(f"a circle at {attachment}")
        inside = [(self.g.to(n["address"], "TransitGatewayRouteTableId"), n["address"]) for n in
                  self.g.of("EC2::TransitGatewayRouteTableAssociation", "TransitGatewayAttachmentId", attachment)]
        table, association = next(x for x in inside if self.g.to(x[0], "TransitGatewayId") == hub)
        self.hops.append((attachment, association))
        ways = sorted(self.ways(table), key=lambda w: w[0])
        taken = {w[1]: w for w in reversed(ways) if w[0] == ways[0][0]}
        if not ways or any(w[3] for w in taken.values()) or (ways[0][0][1] <= 1 and len(taken) > 1):
            raise LookupError(f"no route, a black hole or two ways in {table}")
        self.entered.append((attachment, hub))
        for _, a, node, _, fact in taken.values():
            self.hops.append((table, node))
            self.out_of_hub(a, hub, subnet, fact, node)
        self.entered.pop()

    def out_of_hub(self, a, hub, subnet, fact, node):
        kind = self.g.nodes[a]["type"]
        if kind == "AWS::EC2::TransitGatewayAttachment":
            return self.into_vpc(a, subnet)
        if kind == "AWS::EC2::TransitGatewayPeeringAttachment":
            ends = [self.g.to(a, "TransitGatewayId"), self.g.to(a, "PeerTransitGatewayId")]
            return self.hub(a, ends[ends[0] == hub], None)
        if kind != "had::AttachmentLookup" or self.target["site"] is None or \
                not (fact or self.g.learned(self.g.links(a)[1], self.b)):
            raise LookupError(f"{node} leads into nothing, or to on-premises")
        self.hops.append((a, fact))
        self.hops.append((next(s["address"] for s in self.g.all("had::OnPremisesSite")
                      if s["properties"]["Name"] == self.target["site"]), None))

    def into_vpc(self, attachment, subnet):
        subnets = [read(e) for e in self.g.get(attachment, "SubnetIds")]
        near = [e for e in subnets if subnet and self.g.zone(e) == self.g.zone(subnet)]
        for e in near or subnets:
            self.hops.append((attachment, e))
            local = self.route(e)[2]
            if not (local and holds(self.g.get(e, "CidrBlock"), self.b)):
                self.acl(e, True, self.b)
            if local:
                self.deliver(self.g.to(e, "VpcId"), e)
            else:
                self.leave(e)

    # ---- on-premises
    def from_site(self):
        """By every link that serves the site and is told the way."""
        serving = {f["properties"]["Link"] for f in self.g.all("had::OnPremisesLink")
                   if self.source["site"] in f["properties"].get("Sites", [self.source["site"]])}
        ways = [(v["address"], None, v["address"], None) for v in self.g.all("EC2::VPNConnection")]
        for v in self.g.all("DirectConnect::TransitVirtualInterface"):
            gateway = self.g.to(v["address"], "DirectConnectGatewayId")
            told = [(length(h["properties"]["AllowedPrefixesToDirectConnectGateway"], self.b), h["address"]) for h in
                    self.g.of("DirectConnect::DirectConnectGatewayAssociation", "DirectConnectGatewayId", gateway)]
            best, hub = max(told, default=(-1, None))
            if best >= 0:
                ways.append((v["address"], hub, gateway, self.g.to(hub, "AssociatedGatewayId")))
        found = False
        for link, matched, behind, wanted in ways:
            for a in self.g.of("had::AttachmentLookup", "ResourceId", behind):
                hub = self.g.to(a["address"], "TransitGatewayId")
                if object_of(link) in serving and wanted in (None, hub):
                    found = True
                    self.hops.append((link, matched))
                    self.hub(a["address"], hub, None)
        if not found:
            raise LookupError("the site is not told the way")

    def run(self):
        own = self.source["subnet"]
        if own is None:
            return self.from_site()
        self.groups(self.source, True, self.target, self.b)
        if own == self.target["subnet"] and all(holds(self.g.get(own, "CidrBlock"), x) for x in (self.a, self.b)):
            self.hops.append((own, None))
            return self.groups(self.target, False, self.source, self.a)
        self.acl(own, True, self.b)
        return self.leave(own)


def flow(g, source, target, ports):
    """Every packet there and back; returns how many."""
    pairs, count = itertools.product(*([net(x)[0] for x in end["addresses"]] for end in (source, target))), 0
    for (a, b), (protocol, first, last) in itertools.product(pairs, ports):
        there, back = {first, (first + last) // 2, last}, (source["low_port"], 65535)
        for port in there:
            Walk(g, source, target, a, b, protocol, port, False).run()
        for port in back:
            Walk(g, target, source, b, a, protocol, port, True).run()
        count += len(there) + len(back)
    return count


def same_way(g, claim, reply):
    """The hops of the first packet are those that the prover names."""
    source, target = (claim["to"], claim["from"]) if reply else (claim["from"], claim["to"])
    protocol, first, _ = claim["ports"][0]
    walk = Walk(g, source, target, net(source["addresses"][0])[0], net(target["addresses"][0])[0], protocol,
                claim["from"]["low_port"] if reply else first, reply)
    walk.run()
    named = {tuple(h) for h in claim["reply" if reply else "request"]}
    if named != set(walk.hops):
        raise LookupError(f"other hops: {sorted(map(str, named ^ set(walk.hops)))}")


def servers(g, domain):
    """Addresses that answer for the domain: of controllers, and directories by their node."""
    found = {n["address"] for n in g.all("DirectoryService::MicrosoftAD") if n["properties"]["Name"] == domain}
    found |= {g.get(p["Machine"], "PrivateIpAddress") for p in (n["properties"] for n in g.all("had::DomainMember"))
              if p["Role"] == "controller" and p["Domain"] == domain and p.get("Machine") in g.nodes}
    return found | {n["properties"]["Address"] for n in g.all("had::OnPremisesServer")
                    if domain in n["properties"].get("Domains", [])}


def check_names(g, claim):
    domain, known = claim["domain"], servers(g, claim["domain"])
    rules = [g.nodes[g.to(a["address"], "ResolverRuleId")]["properties"] for a in
             g.of("Route53Resolver::ResolverRuleAssociation", "VPCId", claim["vpc"])]
    rule = max((r for r in rules if f".{domain}".endswith("." + r["DomainName"].rstrip("."))),
               key=lambda r: len(r["DomainName"]), default={"RuleType": "missing"})
    if rule["RuleType"] != "FORWARD":
        raise LookupError("no rule that forwards is associated")
    endpoint, ips = read(rule["ResolverEndpointId"]), [final(t["Ip"]) for t in final(rule["TargetIps"])]
    asking = g.get(endpoint, "IpAddresses")
    if strange := {read(ip) or ip for ip in ips} - known:
        raise LookupError(f"{strange} do not answer for {domain}")
    if len({g.zone(read(x["SubnetId"])) for x in asking}) < 2:
        raise LookupError("the endpoint stands in one zone")
    asked = {(q["from"]["name"], q["to"]["addresses"][0]) for q in claim["questions"] if q["from"]["node"] == endpoint
             and ({q["to"]["addresses"][0], q["to"]["node"]} & {read(ip) or ip for ip in ips})}
    if len(asked) < len(asking) * len(ips):
        raise LookupError("not every address of the endpoint asks every target")
    return sum(flow(g, q["from"], q["to"], claim["ports"]) for q in claim["questions"])


def check_site(g, claim):
    cidr, region = g.get(claim["member"]["subnet"], "CidrBlock"), g.nodes[claim["member"]["subnet"]]["region"]
    resources = [(r["Type"], r.get("Properties", {}), g.nodes.get(n.get("machine"), {}).get("region"))
                 for n in g.all("had::DscConfiguration") for r in n["properties"]["Resources"]]
    ranges = [(net(p["Name"])[2], p["Site"]) for kind, p, _ in resources if kind == "ADReplicationSubnet"
              and holds(p["Name"], net(cidr)[0]) and net(p["Name"])[2] <= net(cidr)[2]]
    site = max(ranges, default=(0, None))[1]
    if site != claim["site"]:
        raise LookupError(f"{cidr} is in site {site}")
    if not any(near == region and ((kind == "ADDomainController" and p.get("SiteName") == site) or
                                   (kind == "ADReplicationSite" and p.get("RenameDefaultFirstSiteName") and
                                    p["Name"] == site)) for kind, p, near in resources):
        raise LookupError(f"site {site} has no controller in {region}")
    return 0


def main():
    with open(sys.argv[1], encoding="utf-8") as graph, open(sys.argv[2], encoding="utf-8") as certificate:
        g, claims = Graph(json.load(graph)), json.load(certificate)["claims"]
    counts, packets, failed = collections.Counter(claim["query"] for claim in claims), 0, 0
    for claim in claims:
        try:
            if claim["query"] in ("R1", "R2"):
                for member in [claim["from"], *claim.get("like_it", [])]:
                    packets += flow(g, member, claim["to"], claim["ports"])
                same_way(g, claim, False)
                same_way(g, claim, True)
            else:
                packets += (check_names if claim["query"] == "R3" else check_site)(g, claim)
        except (LookupError, StopIteration) as problem:
            failed += 1
            print(f"{claim['query']} {claim.get('from', claim.get('member', claim)).get('name')}: {problem!r}")
    print(", ".join(f"{n} claims of {q}" for q, n in sorted(counts.items())) +
          f"; {packets} packets replayed; {failed} failed")
    sys.exit(1 if failed or not counts else 0)


if __name__ == "__main__":
    main()
