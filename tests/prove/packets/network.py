"""The network of a resource graph out of namespaces: hosts with their security groups, a router for each VPC with its
route tables and ACLs, one for each transit gateway with its tables, Direct Connect gateways, and on-premises.

What a route or a filter decides, the kernel decides: longest prefix by its tables, state by its connection tracking.
Only what no kernel knows is decided here: which of two equal ways is taken (`variant` says which), and that stated
routes go before those of VPCs, those before Direct Connect's, those before a VPN's, where destinations are equal.
"""
import ipaddress

from namespaces import Lab

NONE = 1  # a table in which nothing is
EVERYTHING = "0.0.0.0/0"


def final(value):
    return value["had:staged"][-1] if isinstance(value, dict) and "had:staged" in value else value


def read(value):
    value = final(value)
    return value.get("had:read") if isinstance(value, dict) else None


def object_of(address):
    quoted = False
    for i, c in enumerate(address):
        quoted ^= c == '"'
        if c == ":" and not quoted:
            return address[:i]
    return address


def holds(net, address):
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(net, strict=False)
    except (ValueError, TypeError):
        return False


def length(net):
    return ipaddress.ip_network(net, strict=False).prefixlen


class Network:
    def __init__(self, graph, hosts, variant):
        self.nodes = {n["address"]: n for n in graph["nodes"]}
        self.types = {}
        for n in graph["nodes"]:
            self.types.setdefault(n["type"], []).append(n)
        self.variant, self.choices = variant, 0
        self.down = {"zones": set(), "hosts": set(), "links": set(), "sites": set()}
        self.cables = {}  # by what it serves: the end that goes down with it, and the other
        self.lab = Lab()
        self.hosts = {h["number"]: dict(h, space=self.lab.new(h["name"])) for h in hosts}
        self.numbers = {}
        try:
            self.make()
        except BaseException:
            self.lab.close()
            raise

    # ---- reading
    def all(self, kind):
        return self.types.get(kind if kind.startswith("had::") else "AWS::" + kind, [])

    def of(self, kind, prop, owner):
        return [n for n in self.all(kind) if read(n["properties"].get(prop)) == owner]

    def props(self, address):
        return self.nodes[address]["properties"]

    def number(self, *key):
        """A number of its own for a table."""
        return self.numbers.setdefault(key, 1000 + len(self.numbers))

    def choose(self, ways):
        ways = list(dict.fromkeys(ways))
        self.choices += len(ways) > 1
        return ways[self.variant % len(ways)] if ways else None

    def zone(self, subnet):
        n = self.nodes[subnet]
        p = n["properties"]
        return p.get("AvailabilityZoneId") or (p.get("AvailabilityZone"), n["account"])

    def dead(self, subnet):
        p = self.props(subnet)
        return (p.get("AvailabilityZoneId") or p.get("AvailabilityZone")) in self.down["zones"]

    def up(self, link):
        """A link is up while one of its sites is."""
        sites = next((f["properties"].get("Sites", []) for f in self.all("had::OnPremisesLink")
                      if f["properties"]["Link"] == link), [])
        return link not in self.down["links"] and (not sites or not set(sites) <= self.down["sites"])

    def ranges(self, vpc):
        own = [self.props(vpc).get("CidrBlock")]
        own += [c["properties"].get("CidrBlock") for c in self.of("EC2::VPCCidrBlock", "VpcId", vpc)]
        return [r for r in own if r]

    def subnets(self, attachment):
        return [read(s) for s in self.props(attachment).get("SubnetIds", [])]

    # ---- filters
    def carried(self, host):
        if host["site"] or host["open"]:
            return []
        node = self.nodes[host["node"]]
        if node["type"] == "AWS::DirectoryService::MicrosoftAD":
            return [n["address"] for n in self.of("had::DirectorySecurityGroupLookup", "DirectoryId", host["node"])]
        return [read(g) for g in node["properties"].get("SecurityGroupIds", [])]

    @staticmethod
    def line(address, protocol, first, last, verdict):
        names = {6: "tcp", 17: "udp", "6": "tcp", "17": "udp", "tcp": "tcp", "udp": "udp"}
        if protocol in (-1, "-1"):
            return f"{address} {verdict}"
        if protocol not in names:
            return None
        return f"{address} {names[protocol]} dport {first}-{last} {verdict}"

    def group_lines(self, host, out):
        side = "ip daddr" if out else "ip saddr"
        kind, end = ("EC2::SecurityGroupEgress", "DestinationSecurityGroupId") if out else \
            ("EC2::SecurityGroupIngress", "SourceSecurityGroupId")
        groups = self.carried(host)
        lines = [] if groups else ["accept"] if out else []  # the default group lets everything out
        for group in groups:
            like = [h["address"] for h in self.hosts.values() if group in self.carried(h)]
            if self.nodes[group]["type"] == "had::DirectorySecurityGroupLookup":
                vpc = read(self.props(host["node"])["VpcSettings"]["VpcId"])
                lines += [f"{side} {{ {', '.join(like)} }} accept"]
                lines += [] if out else [f"ip saddr {r} accept" for r in self.ranges(vpc)]
            for rule in self.of(kind, "GroupId", group):
                p = rule["properties"]
                peers = p.get("CidrIp")
                if end in p:
                    peers = [h["address"] for h in self.hosts.values() if read(p[end]) in self.carried(h)]
                    peers = f"{{ {', '.join(peers)} }}" if peers else None
                if peers:
                    lines.append(self.line(f"{side} {peers}", p["IpProtocol"], p.get("FromPort", 0),
                                           p.get("ToPort", 65535), "accept"))
        return [line for line in lines if line]

    def guard(self, host):
        if host["site"] or host["open"]:
            return  # nothing of ours filters there
        for hook, out in (("input", False), ("output", True)):
            host["space"].nft.append(
                f"chain {hook} {{ type filter hook {hook} priority 0; policy drop;\n"
                "ct state established,related accept\n" + "\n".join(self.group_lines(host, out)) + "\n}")

    def acl_chains(self, space, subnet):
        """Chains of the ACL of a subnet, if it has one; their names for in and out."""
        found = self.of("EC2::SubnetNetworkAclAssociation", "SubnetId", subnet)
        if not found:
            return {}
        entries = self.of("EC2::NetworkAclEntry", "NetworkAclId", read(found[0]["properties"]["NetworkAclId"]))
        names = {}
        for way, out in (("in", False), ("out", True)):
            names[way] = f"{way}{self.number('acl', subnet)}"
            lines = []
            for e in sorted((e["properties"] for e in entries), key=lambda e: e["RuleNumber"]):
                if e.get("Egress", False) == out and e.get("CidrBlock"):
                    ports = e.get("PortRange", {})
                    lines.append(self.line(f"ip {'daddr' if out else 'saddr'} {e['CidrBlock']}", e["Protocol"],
                                           ports.get("From", 0), ports.get("To", 65535),
                                           "return" if e["RuleAction"] == "allow" else "drop"))
            space.nft.append(f"chain {names[way]} {{\n" + "\n".join(line for line in lines if line) + "\ndrop\n}")
        return names

    # ---- all of it
    def make(self):
        self.hubs = {n["address"]: self.lab.new(n["address"]) for n in self.all("EC2::TransitGateway")}
        self.routers = {n["address"]: self.lab.new(n["address"]) for n in self.all("EC2::VPC")}
        self.premises = self.lab.new("on-premises")
        self.devices = {v: [] for v in self.routers}  # of a router: name, kind, subnet
        self.at_hub = {h: [] for h in self.hubs}  # arrivals: device, attachment, zone
        self.to_vpc, self.to_line, self.to_peer = {}, {}, {}  # ways out of a hub
        self.to_hub, self.to_vpc_peer, self.to_appliance = {}, {}, {}  # ways out of a VPC
        self.to_host = {}
        for host in self.hosts.values():
            self.place(host)
        self.attach()
        self.peer_vpcs()
        self.appliances()
        self.lines()
        self.tables()
        for vpc, space in self.routers.items():
            self.vpc_filters(vpc, space)
        for host in self.hosts.values():
            self.guard(host)
        self.lab.build()

    def tables(self):
        """What every table holds, with what is down: AWS and BGP take it out of their own."""
        self.routing = [*self.routers.values(), *self.hubs.values(), self.premises,
                        *(space for space, _ in self.gateways.values())]
        for space in self.routing:
            space.routes = []
        self.choices = 0
        for vpc, space in self.routers.items():
            self.vpc_tables(vpc, space)
        self.line_tables()
        for hub, space in self.hubs.items():
            self.hub_tables(hub, space)
        self.site_tables()

    def taken(self, loss):
        """Cables that a loss takes down."""
        for (kind, what, *_), cable in self.cables.items():
            if kind == "host":
                host = self.hosts[what]
                gone = what in loss["hosts"] or host["site"] in loss["sites"] or \
                    (host["subnet"] and self.dead(host["subnet"]))
            else:
                gone = not self.up(what) if kind == "line" else self.dead(what)
            if gone:
                yield cable

    def lose(self, loss):
        self.down = {kind: set(loss[kind]) for kind in self.down}
        self.gone = list(self.taken(loss))
        self.tables()
        self.lab.route_again(self.gone, False, self.routing)

    def restore(self):
        self.down = {kind: set() for kind in self.down}
        self.tables()
        self.lab.route_again(self.gone, True, self.lab.all)  # a device that comes up has lost its routes

    def place(self, host):
        router = self.routers[read(self.props(host["subnet"])["VpcId"])] if host["subnet"] else self.premises
        near, far = self.lab.link(host["space"], router)
        self.cables["host", host["number"]] = (host["space"], near[0]), (router, far[0])
        host["space"].devices.append(f"address add {host['address']}/32 dev {near[0]}")
        host["space"].routes.append(f"route replace default via {near[1]} dev {near[0]} onlink src {host['address']}")
        self.to_host[host["number"]] = far
        if host["subnet"]:
            vpc = read(self.props(host["subnet"])["VpcId"])
            self.devices[vpc].append((far[0], "host", host["subnet"]))
            router.arrivals(far[0], self.number("subnet", host["subnet"]))
        else:
            router.arrivals(far[0], self.number("site", host["site"]))

    def attach(self):
        for n in self.all("EC2::TransitGatewayAttachment"):
            hub, vpc = read(n["properties"]["TransitGatewayId"]), read(n["properties"]["VpcId"])
            for subnet in self.subnets(n["address"]):
                near, far = self.lab.link(self.routers[vpc], self.hubs[hub])
                self.cables["attachment", subnet, n["address"]] = (self.hubs[hub], far[0]), (self.routers[vpc], near[0])
                self.devices[vpc].append((near[0], "hub", subnet))
                self.routers[vpc].arrivals(near[0], self.number("subnet", subnet))
                self.at_hub[hub].append((far[0], n["address"], self.zone(subnet)))
                self.to_vpc.setdefault(n["address"], []).append((subnet, far))
                self.to_hub.setdefault((vpc, hub), []).append((subnet, near))
        accepted = {read(a["properties"].get("TransitGatewayAttachmentId")) for a in self.all("had::PeeringAcceptance")}
        for n in self.all("EC2::TransitGatewayPeeringAttachment"):
            a, b = (read(n["properties"][p]) for p in ("TransitGatewayId", "PeerTransitGatewayId"))
            if n["address"] in accepted and a in self.hubs and b in self.hubs:
                near, far = self.lab.link(self.hubs[a], self.hubs[b])
                self.to_peer[n["address"], a], self.to_peer[n["address"], b] = near, far
                self.at_hub[a].append((near[0], n["address"], None))
                self.at_hub[b].append((far[0], n["address"], None))

    def peer_vpcs(self):
        accepted = {read(a["properties"].get("VpcPeeringConnectionId")) for a in self.all("had::PeeringAcceptance")}
        for n in self.all("EC2::VPCPeeringConnection"):
            a, b = (read(n["properties"][p]) for p in ("VpcId", "PeerVpcId"))
            one = all(self.nodes[a][k] == self.nodes[b][k] for k in ("account", "region"))
            if not one and n["address"] not in accepted:
                continue
            ways = self.lab.link(self.routers[a], self.routers[b])
            for vpc, way in zip((a, b), ways):
                self.to_vpc_peer[n["address"], vpc] = way
                self.devices[vpc].append((way[0], "peer", None))
                self.routers[vpc].arrivals(way[0], self.number("local", vpc))

    def appliances(self):
        for n in self.all("had::Appliance"):
            p = n["properties"]
            space = self.lab.new(n["address"])
            for subnet in p.get("Subnets", []):
                vpc = read(self.props(subnet)["VpcId"])
                near, far = self.lab.link(space, self.routers[vpc])
                self.cables["appliance", subnet, n["address"]] = (space, near[0]), (self.routers[vpc], far[0])
                space.arrivals(near[0], self.number("back", near[0]))
                space.route(self.number("back", near[0]), EVERYTHING, near)
                self.devices[vpc].append((far[0], "appliance", subnet))
                self.routers[vpc].arrivals(far[0], self.number("behind", subnet, n["address"]))
                self.to_appliance.setdefault(n["address"], []).append((subnet, far))
            lines = [self.line(f"ip saddr {r['Source']} ip daddr {r['Destination']}", r["Protocol"],
                               r.get("FromPort", 0), r.get("ToPort", 65535), verdict)
                     for action, verdict in (("deny", "drop"), ("allow", "accept"))
                     for r in p.get("Rules", []) if r["Action"] == action]
            if lines:
                space.nft.append("chain forward { type filter hook forward priority 0; policy drop;\n"
                                 "ct state established,related accept\n" + "\n".join(filter(None, lines)) + "\n}")

    def device_of(self, identity):
        return next((n["address"] for n in self.all("had::Appliance")
                     if identity and identity in n["properties"].get("Endpoints", [])), None)

    # ---- VPCs
    def vpc_tables(self, vpc, space):
        mine = [h for h in self.hosts.values() if h["subnet"] and read(self.props(h["subnet"])["VpcId"]) == vpc]
        subnets = [n["address"] for n in self.of("EC2::Subnet", "VpcId", vpc)]
        tables = [(self.number("local", vpc), None, None)]
        tables += [(self.number("subnet", s), s, None) for s in subnets]
        tables += [(self.number("behind", s, d["address"]), s, d["address"])
                   for d in self.all("had::Appliance") for s in d["properties"].get("Subnets", []) if s in subnets]
        for table, subnet, behind in tables:
            routes = []
            for a in self.of("EC2::SubnetRouteTableAssociation", "SubnetId", subnet) if subnet else []:
                routes = [r["properties"] for r in
                          self.of("EC2::Route", "RouteTableId", read(a["properties"]["RouteTableId"]))
                          if r["properties"].get("DestinationCidrBlock")]
            space.route(table, EVERYTHING, None)
            for r in routes:
                space.route(table, r["DestinationCidrBlock"], self.vpc_way(vpc, subnet, r, behind))
            for r in self.ranges(vpc):
                space.route(table, r, None)
            for h in mine:
                within = max((length(r) for r in self.ranges(vpc) if holds(r, h["address"])), default=33)
                if holds(self.props(h["subnet"])["CidrBlock"], h["address"]) and not any(
                        holds(r["DestinationCidrBlock"], h["address"]) and length(r["DestinationCidrBlock"]) > within
                        for r in routes):
                    space.route(table, h["address"], self.to_host[h["number"]])

    def vpc_way(self, vpc, subnet, r, behind):
        if "TransitGatewayId" in r:
            return self.choose(way for at, way in self.to_hub.get((vpc, read(r["TransitGatewayId"])), [])
                               if self.zone(at) == self.zone(subnet) and not self.dead(at))
        if "VpcPeeringConnectionId" in r:
            return self.to_vpc_peer.get((read(r["VpcPeeringConnectionId"]), vpc))
        device = self.device_of(r.get("VpcEndpointId") or r.get("NetworkInterfaceId"))
        return self.choose(way for at, way in self.to_appliance.get(device, []) if not self.dead(at)) \
            if device and device != behind else None

    def vpc_filters(self, vpc, space):
        chains = {n["address"]: self.acl_chains(space, n["address"]) for n in self.of("EC2::Subnet", "VpcId", vpc)}
        lines = [f"oifname {d} ip saddr != {{ {', '.join(self.ranges(vpc))} }} drop"
                 for d, kind, _ in self.devices[vpc] if kind == "peer"]  # peerings carry no transit
        for d, kind, s in self.devices[vpc]:
            for e, other, t in self.devices[vpc]:
                # An attachment's ACL meets the packet though host or appliance stand in its subnet; a host's is for
                # what comes from other subnets.
                out = kind != "peer" and not (kind in ("host", "hub") and other == "host" and s == t)
                into = other != "peer" and (s != t or (other == "hub"))
                for way, asked, subnet in (("out", out, s), ("in", into, t)):
                    if asked and chains.get(subnet, {}).get(way):
                        lines.append(f"iifname {d} oifname {e} jump {chains[subnet][way]}")
        space.nft.append("chain forward { type filter hook forward priority 0; policy accept;\n" +
                         "\n".join(lines) + "\n}")

    # ---- transit gateways
    def learned(self, links):
        return [f["properties"]["Cidr"] for f in self.all("had::Advertisement")
                if f["properties"]["Direction"] == "learned" and f["properties"]["Link"] in links and
                self.up(f["properties"]["Link"])]

    def line_of(self, attachment):
        """VPN or not, and the links behind the attachment of a line."""
        behind = read(self.props(attachment)["ResourceId"])
        if self.nodes[behind]["type"] == "AWS::EC2::VPNConnection":
            fixed = self.props(behind).get("StaticRoutesOnly", False)
            return 3, set() if fixed else {object_of(behind)}
        return 2, {object_of(v["address"]) for v in
                   self.of("DirectConnect::TransitVirtualInterface", "DirectConnectGatewayId", behind)}

    def known(self, table):
        """Of a table: destination, then rank, attachment and whether it is a black hole."""
        found = {}
        for r in self.of("EC2::TransitGatewayRoute", "TransitGatewayRouteTableId", table):
            p = r["properties"]
            if ":" not in p["DestinationCidrBlock"]:
                found.setdefault(p["DestinationCidrBlock"], []).append(
                    (0, None if p.get("Blackhole") else read(p.get("TransitGatewayAttachmentId"))))
        for r in self.of("EC2::TransitGatewayRouteTablePropagation", "TransitGatewayRouteTableId", table):
            a = read(r["properties"]["TransitGatewayAttachmentId"])
            if self.nodes[a]["type"] == "AWS::EC2::TransitGatewayAttachment":
                rank, nets = 1, self.ranges(read(self.props(a)["VpcId"]))
            else:
                rank, links = self.line_of(a)
                nets = self.learned(links)
            for net in nets:
                found.setdefault(net, []).append((rank, a))
        return found

    def associated(self, attachment, hub):
        for a in self.of("EC2::TransitGatewayRouteTableAssociation", "TransitGatewayAttachmentId", attachment):
            table = read(a["properties"]["TransitGatewayRouteTableId"])
            if read(self.props(table)["TransitGatewayId"]) == hub:
                return table
        return None

    def hub_tables(self, hub, space):
        space.route(NONE, EVERYTHING, None)
        done = set()
        for device, attachment, zone in self.at_hub[hub]:
            table = self.associated(attachment, hub)
            if table is None:
                space.arrivals(device, NONE)
                continue
            number = self.number("hub", table, zone)
            space.arrivals(device, number)
            if number in done:
                continue
            done.add(number)
            space.route(number, EVERYTHING, None)
            for net, ways in self.known(table).items():
                best = min(rank for rank, _ in ways)
                ways = list(dict.fromkeys(a for rank, a in ways if rank == best))
                # AWS takes one of two VPCs with one range, by age: nobody can count on it.
                lost = None in ways or (best <= 1 and len(ways) > 1)
                space.route(number, net, None if lost else self.hub_way(hub, self.choose(ways), zone))

    def hub_way(self, hub, attachment, zone):
        kind = self.nodes[attachment]["type"]
        if kind == "AWS::EC2::TransitGatewayAttachment":
            left = [(self.zone(at), way) for at, way in self.to_vpc.get(attachment, []) if not self.dead(at)]
            near = [way for z, way in left if zone is not None and z == zone]
            return self.choose(near or [way for _, way in left])
        if kind == "AWS::EC2::TransitGatewayPeeringAttachment":
            return self.to_peer.get((attachment, hub))
        return self.to_line.get(attachment)

    # ---- on-premises
    def lines(self):
        """Cables: a gateway's to its hubs and to its links, a VPN's to its hub."""
        self.gateways, self.to_gateway, self.vpns = {}, {}, {}
        self.from_gateway = {}  # its link: gateway, way down, way up
        for n in self.all("DirectConnect::DirectConnectGateway"):
            self.gateways[n["address"]] = (self.lab.new(n["address"]), [])
        for n in self.all("had::AttachmentLookup"):
            hub, behind = read(n["properties"]["TransitGatewayId"]), read(n["properties"]["ResourceId"])
            if behind in self.gateways:
                space, told = self.gateways[behind]
                near, far = self.lab.link(self.hubs[hub], space)
                space.arrivals(far[0], self.number("down", behind))
                for a in self.of("DirectConnect::DirectConnectGatewayAssociation", "DirectConnectGatewayId", behind):
                    if read(a["properties"]["AssociatedGatewayId"]) == hub:
                        told.extend((net, far) for net in a["properties"]["AllowedPrefixesToDirectConnectGateway"]
                                    if ":" not in net)
            else:
                near, far = self.lab.link(self.hubs[hub], self.premises)
                self.cables["line", object_of(behind)] = (self.premises, far[0]), (self.hubs[hub], near[0])
                self.vpns[object_of(behind)] = (far, behind, n["address"], hub)
                self.premises.arrivals(far[0], self.number("premises"))
            self.at_hub[hub].append((near[0], n["address"], None))
            self.to_line[n["address"]] = near
        for gateway, (space, _) in self.gateways.items():
            for v in self.of("DirectConnect::TransitVirtualInterface", "DirectConnectGatewayId", gateway):
                near, far = self.lab.link(space, self.premises)
                link = object_of(v["address"])
                self.cables["line", link] = (self.premises, far[0]), (space, near[0])
                self.from_gateway[link] = (gateway, near, far)
                self.premises.arrivals(far[0], self.number("premises"))
                space.arrivals(near[0], self.number("up", gateway))

    def line_tables(self):
        self.from_line = {}  # link: its way up, and what it is told there
        for link, (far, behind, attachment, hub) in self.vpns.items():
            table = self.associated(attachment, hub)
            fixed = self.props(behind).get("StaticRoutesOnly", False)
            if self.up(link):
                self.from_line[link] = (far, [EVERYTHING] if fixed else list(self.known(table)) if table else [])
        for gateway, (space, told) in self.gateways.items():
            ways = {"down": {}, "up": {}}
            for link, (of, near, far) in self.from_gateway.items():
                if of != gateway or not self.up(link):
                    continue
                self.from_line[link] = (far, [net for net, _ in told])
                for net in self.learned({link}):
                    ways["down"].setdefault(net, []).append(near)
            for net, way in told:
                ways["up"].setdefault(net, []).append(way)
            for table, nets in ways.items():
                space.route(self.number(table, gateway), EVERYTHING, None)
                for net, all_ways in nets.items():
                    space.route(self.number(table, gateway), net, self.choose(all_ways))

    def site_tables(self):
        table = self.number("premises")
        servers = [h for h in self.hosts.values() if h["site"]]
        self.premises.route(table, EVERYTHING, None)
        for h in servers:
            self.premises.route(table, h["address"], self.to_host[h["number"]])
        serving = {f["properties"]["Link"]: f["properties"].get("Sites", []) for f in self.all("had::OnPremisesLink")}
        for site in {h["site"] for h in servers}:
            told = {}
            for link, (way, nets) in sorted(self.from_line.items()):
                if link in serving and (not serving[link] or site in serving[link]):
                    for net in nets:
                        told.setdefault(net, []).append(way)
            # A router there may take any link that is told the way, whatever the length: the lab takes the longest.
            self.choices += len(told) > 1
            table = self.number("site", site)
            self.premises.route(table, EVERYTHING, None)
            for net, ways in told.items():
                self.premises.route(table, net, self.choose(ways))
            for h in servers:
                self.premises.route(table, h["address"], self.to_host[h["number"]])
