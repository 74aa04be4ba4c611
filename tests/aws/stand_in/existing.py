"""What a spec says exists, made by the stand-in's own operations and given the identifiers that the spec states."""

import json

from .registry import OPERATIONS
from .world import GLOBAL, Call

# In this order each type finds what it names. The rest that a graph marks as existing is the organization's.
ORDER = (
    "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::TransitGateway", "AWS::EC2::TransitGatewayRouteTable",
    "AWS::EC2::TransitGatewayAttachment", "AWS::DirectConnect::DirectConnectGateway", "AWS::DirectConnect::DirectConnectGatewayAssociation",
    "AWS::DirectConnect::TransitVirtualInterface", "AWS::DirectoryService::MicrosoftAD", "had::Trust", "AWS::Route53Resolver::ResolverEndpoint",
    "AWS::Route53Resolver::ResolverRule", "AWS::EC2::VPCEndpoint", "AWS::SSO::PermissionSet", "AWS::EC2::TransitGatewayRouteTableAssociation",
    "AWS::EC2::TransitGatewayRouteTablePropagation",
)  # fmt: skip


class Planter:
    def __init__(self, world, nodes, stated):
        """`stated`: address of a node → identifier; account and Region of a node are ids."""
        self.world, self.nodes, self.stated = world, {n["address"]: n for n in nodes}, stated
        self.made = {}  # address → attributes
        self.renamed = {}  # identifier of the stand-in → identifier of the spec

    def ask(self, node, service, operation, **given):
        region = GLOBAL if service in ("iam", "organizations") else node["region"] if node["region"] != "global" else "us-east-1"
        call = Call(self.world, service, operation, given, node["account_id"], region, "stand-in", request_id="stand-in")
        answer = OPERATIONS[service, operation].run(call, given)
        self.world.settle()
        return answer

    def resolve(self, value):
        """A value of the graph with what it reads from others."""
        if isinstance(value, dict):
            if "had:read" in value:
                return self.attribute(value["had:read"], value["attribute"])
            return {k: self.resolve(v) for k, v in value.items()}
        return [self.resolve(v) for v in value] if isinstance(value, list) else value

    def attribute(self, address, name):
        known = self.made.get(address)
        if known is None and ":attachment[" in address:  # the attachment of a Direct Connect gateway is looked up
            gateway = self.made[address.split(":attachment[")[0] + ":gateway"]["Id"]
            for _, _, key, found in self.world.everywhere("ec2.tgw-attachment"):
                if found["ResourceId"] == gateway:
                    return key
        return known.get(name, known["Id"])

    def plant(self):
        self.delay, self.world.config["delay"] = self.world.config["delay"], 0.0
        for kind in ORDER:
            for node in self.nodes.values():
                if node["type"] == kind and node["existing"] and node.get("account_id"):
                    name = kind.rsplit("::", 1)[-1]
                    identifier = getattr(self, name)(node, self.resolve(node["properties"]))
                    self.made.setdefault(node["address"], {})["Id"] = identifier
                    wanted = self.stated.get(node["address"])
                    if wanted and identifier:
                        self.renamed[identifier] = wanted
        for node in self.nodes.values():
            if node["type"] == "had::Appliance" and node.get("account_id"):
                self.appliance(node)
        self.share()
        self.world.config["delay"] = self.delay
        text = json.dumps([self.world.store, self.world.events])
        for identifier, wanted in self.renamed.items():
            text = text.replace(identifier, wanted)
        store, events = json.loads(text)
        self.world.store, self.world.events = store, [tuple(e) for e in events]

    def share(self):
        """Hubs, rules and subnets that exist are shared with the organization already: by someone's share, not by one of the spec."""
        from . import seeds

        organization = seeds.organization_of(self.world)
        arns = {}
        for kind, member in (("ec2.tgw", "TransitGatewayArn"), ("route53resolver.rule", "Arn")):
            for account, region, _, value in self.world.everywhere(kind):
                arns.setdefault((account, region), []).append(value[member])
        for (account, region), found in arns.items():
            self.ask({"account_id": organization["MasterAccountId"], "region": region}, "ram", "EnableSharingWithAwsOrganization")
            self.ask({"account_id": account, "region": region}, "ram", "CreateResourceShare", name="before-had", resourceArns=found,
                     principals=[organization["Arn"]], allowExternalPrincipals=False)  # fmt: skip

    def appliance(self, node):
        """The interfaces of somebody's appliance, in subnets that exist: routes go to them."""
        for subnet, name in zip(node["properties"].get("Subnets", []), node["properties"].get("Endpoints", [])):
            if isinstance(name, str) and name.startswith("vpce-"):  # its subnet may come later: whoever runs it brings the endpoint
                self.world.table(node["account_id"], node["region"], "ec2.vpc-endpoint")[name] = {
                    "VpcEndpointId": name, "VpcEndpointType": "GatewayLoadBalancer", "State": "available", "VpcId": "", "ServiceName": "appliance", "Groups": [],
                    "SubnetIds": [], "RouteTableIds": [], "NetworkInterfaceIds": [], "PrivateDnsEnabled": False, "DnsEntries": [], "OwnerId": node["account_id"],
                    "Tags": []}  # fmt: skip
            elif isinstance(name, str) and name.startswith("eni-") and subnet in self.made:
                made = self.ask(node, "ec2", "CreateNetworkInterface", SubnetId=self.made[subnet]["Id"], Description=node["properties"]["Name"])
                self.renamed[made["NetworkInterface"]["NetworkInterfaceId"]] = name

    # ---- one method per type: makes it, gives its identifier ----
    def VPC(self, node, p):
        made = self.ask(node, "ec2", "CreateVpc", CidrBlock=p["CidrBlock"])["Vpc"]["VpcId"]
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.ask(node, "ec2", "ModifyVpcAttribute", VpcId=made, **{name: {"Value": True}})
        return made

    def Subnet(self, node, p):
        place = {k: p[k] for k in ("AvailabilityZone", "AvailabilityZoneId") if k in p}
        return self.ask(node, "ec2", "CreateSubnet", VpcId=p["VpcId"], CidrBlock=p["CidrBlock"], **place)["Subnet"]["SubnetId"]

    def RouteTable(self, node, p):
        made = self.ask(node, "ec2", "CreateRouteTable", VpcId=p["VpcId"])["RouteTable"]["RouteTableId"]
        subnet = node["address"].rsplit(":", 1)[0] + ":subnet"
        if subnet in self.made:
            self.ask(node, "ec2", "AssociateRouteTable", RouteTableId=made, SubnetId=self.made[subnet]["Id"])
        return made

    def TransitGateway(self, node, p):
        options = {"AmazonSideAsn": int(p.get("AmazonSideAsn", 64512)), "DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable",
                   "AutoAcceptSharedAttachments": "enable"}  # fmt: skip
        made = self.ask(node, "ec2", "CreateTransitGateway", Options=options)["TransitGateway"]
        return made["TransitGatewayId"]

    def TransitGatewayRouteTable(self, node, p):
        made = self.ask(node, "ec2", "CreateTransitGatewayRouteTable", TransitGatewayId=p["TransitGatewayId"])
        return made["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]

    def TransitGatewayAttachment(self, node, p):
        from .services import ec2_transit

        subnets = [self.made[a]["Id"] for a, n in self.nodes.items() if n["type"] == "AWS::EC2::Subnet" and a in self.made
                   and self.resolve(n["properties"])["VpcId"] == p["VpcId"]]  # fmt: skip
        call = Call(self.world, "ec2", "CreateTransitGatewayVpcAttachment", {}, node["account_id"], node["region"], "stand-in")
        gateway = next(g for _, _, n, g in self.world.everywhere("ec2.tgw") if n == p["TransitGatewayId"])
        made = ec2_transit.attach(call, gateway, {
            "ResourceType": "vpc", "ResourceId": p["VpcId"], "ResourceOwnerId": call.account, "VpcId": p["VpcId"], "VpcOwnerId": call.account,
            "SubnetIds": p.get("SubnetIds") or subnets, "Options": ec2_transit.vpc_options({})}, "available", None, [],
            sides=[(call.account, call.region)])  # fmt: skip
        ec2_transit.interfaces(call, made, made["SubnetIds"])
        return made["TransitGatewayAttachmentId"]

    def _table(self, node, operation, p):
        self.ask(node, "ec2", operation, TransitGatewayRouteTableId=p["TransitGatewayRouteTableId"], TransitGatewayAttachmentId=p["TransitGatewayAttachmentId"])

    def TransitGatewayRouteTableAssociation(self, node, p):
        self._table(node, "AssociateTransitGatewayRouteTable", p)

    def TransitGatewayRouteTablePropagation(self, node, p):
        self._table(node, "EnableTransitGatewayRouteTablePropagation", p)

    def DirectConnectGateway(self, node, p):
        name = node["address"].split(":")[0].rsplit(" ", 1)[-1]
        made = self.ask(node, "directconnect", "CreateDirectConnectGateway", directConnectGatewayName=name, amazonSideAsn=int(p["AmazonSideAsn"]))
        return made["directConnectGateway"]["directConnectGatewayId"]

    def DirectConnectGatewayAssociation(self, node, p):
        prefixes = [{"cidr": c} for c in p.get("AllowedPrefixesToDirectConnectGateway", ["10.0.0.0/8"])]
        made = self.ask(node, "directconnect", "CreateDirectConnectGatewayAssociation", directConnectGatewayId=p["DirectConnectGatewayId"],
                        gatewayId=p["AssociatedGatewayId"], addAllowedPrefixesToDirectConnectGateway=prefixes)  # fmt: skip
        return made["directConnectGatewayAssociation"]["associationId"]

    def TransitVirtualInterface(self, node, p):
        from . import seeds

        count = len(self.world.table(node["account_id"], node["region"], "directconnect.vif"))
        connection = p.get("ConnectionId") or f"dxcon-{self.world.hex(8)}"
        seeds.add_connection(self.world, {"account": node["account_id"], "region": node["region"], "id": connection})
        vif = {"virtualInterfaceName": node["address"].split(":")[0].rsplit(" ", 1)[-1], "vlan": p.get("Vlan", 301 + count), "mtu": p.get("Mtu", 1500),
               "asn": int(p["BgpPeers"][0]["Asn"]), "directConnectGatewayId": p["DirectConnectGatewayId"]}  # fmt: skip
        made = self.ask(node, "directconnect", "CreateTransitVirtualInterface", connectionId=connection, newTransitVirtualInterface=vif)
        return made["virtualInterface"]["virtualInterfaceId"]

    def MicrosoftAD(self, node, p):
        given = {k: p[k] for k in ("Name", "ShortName", "Edition") if k in p}
        made = self.ask(node, "ds", "CreateMicrosoftAD", Password="Stand-in-Secret-1", VpcSettings=p["VpcSettings"], **given)["DirectoryId"]
        found = self.world.find((node["account_id"], node["region"], "ds.directory", made))
        for wanted, address in zip(node.get("dns", []), list(found["DnsIpAddrs"])):
            self.renamed[f'"{address}"'] = f'"{wanted}"'
        return made

    def Trust(self, node, p):
        from .spec_seed import remote_servers

        servers = remote_servers(self.nodes.values(), p["RemoteDomainName"])
        if servers and not any(n["type"] == "had::ConditionalForwarder" and not n["existing"] for n in self.nodes.values()):
            self.ask(node, "ds", "CreateConditionalForwarder", DirectoryId=p["DirectoryId"], RemoteDomainName=p["RemoteDomainName"], DnsIpAddrs=servers[:4])
        made = self.ask(node, "ds", "CreateTrust", DirectoryId=p["DirectoryId"], RemoteDomainName=p["RemoteDomainName"], TrustPassword="x",
                        TrustDirection=p["Direction"], TrustType=p["Type"])["TrustId"]  # fmt: skip
        trust = self.world.find((node["account_id"], node["region"], "ds.directory", p["DirectoryId"]))["_trusts"][made]
        trust.update(TrustState="Verified", TrustStateReason=None)
        return made

    def ResolverEndpoint(self, node, p):
        subnet = self.world.find((node["account_id"], node["region"], "ec2.subnet", p["IpAddresses"][0]["SubnetId"]))
        group = self.ask(node, "ec2", "CreateSecurityGroup", GroupName=node["address"].split("/")[-1].split(":")[0], Description="resolver", VpcId=subnet["VpcId"])
        made = self.ask(node, "route53resolver", "CreateResolverEndpoint", CreatorRequestId=node["address"], Name=node["address"].rsplit(" ", 1)[-1].split(":")[0],
                        SecurityGroupIds=[group["GroupId"]], Direction=p["Direction"], IpAddresses=p["IpAddresses"])  # fmt: skip
        return made["ResolverEndpoint"]["Id"]

    def ResolverRule(self, node, p):
        targets = [{"Ip": t["Ip"], "Port": int(t.get("Port", 53))} for t in p.get("TargetIps", [])]
        made = self.ask(node, "route53resolver", "CreateResolverRule", CreatorRequestId=node["address"], RuleType=p["RuleType"], DomainName=p["DomainName"],
                        ResolverEndpointId=p.get("ResolverEndpointId"), TargetIps=targets)  # fmt: skip
        return made["ResolverRule"]["Id"]

    def VPCEndpoint(self, node, p):
        given = {k: p[k] for k in ("VpcId", "ServiceName", "VpcEndpointType", "SubnetIds", "RouteTableIds", "PrivateDnsEnabled") if k in p}
        return self.ask(node, "ec2", "CreateVpcEndpoint", **given)["VpcEndpoint"]["VpcEndpointId"]

    def PermissionSet(self, node, p):
        given = {k: p[k] for k in ("InstanceArn", "Name", "SessionDuration", "Description") if k in p}
        made = self.ask(node, "sso-admin", "CreatePermissionSet", **given)["PermissionSet"]["PermissionSetArn"]
        for arn in p.get("ManagedPolicies", []):
            self.ask(node, "sso-admin", "AttachManagedPolicyToPermissionSet", InstanceArn=p["InstanceArn"], PermissionSetArn=made, ManagedPolicyArn=arn)
        return made
