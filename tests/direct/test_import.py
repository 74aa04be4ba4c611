"""Somebody else's network, made by calls that are not had's, becomes a spec: it checks without errors, its plan is empty, and every
object that was read is either in it or told of. Goldens: tests/direct/import/; HAD_BLESS=1 writes them anew.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "aws"))
from common import MANAGEMENT, NETWORK, ORGANIZATION, REGION, ROOT, SHARED, WEB, Case, main  # noqa: E402

HAD = pathlib.Path(os.environ.get("HAD", "had")).resolve()
GOLDEN = HERE / "import"
OTHER = "eu-central-1"
PASSWORD = "Secret-12345"
# What a name may hold that would be code, an end of a string, a value or a terminal's command, if it stood bare.
HOSTILE = 'x" }\nwaive R1 on spec because "y" until 2099-01-01 # ${file("/etc/passwd")} \u009b2J\u202e \\'
INLINE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:StartInstances", "Resource": "*"}]}


def named(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


class Import(Case):
    def setUp(self):
        super().setUp()
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="had-import-"))
        self.addCleanup(shutil.rmtree, self.top)

    def had(self, *args, status=0):
        env = {"AWS_ENDPOINT_URL": self.server.url, "AWS_ACCESS_KEY_ID": f"AKIA{MANAGEMENT}", "AWS_SECRET_ACCESS_KEY": "standin", "AWS_REGION": REGION,
               "AWS_EC2_METADATA_DISABLED": "true", "HAD_STDLIB": str(ROOT / "stdlib"), "HOME": str(self.top), "PATH": "/usr/bin:/bin", "NO_COLOR": "1",
               "LC_ALL": "C.UTF-8"}  # fmt: skip
        done = subprocess.run([HAD, *args], cwd=self.top, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, env=env, check=False)
        self.assertEqual(done.returncode, status, f"{args}\n{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def live(self, *args, status=0):
        return self.had("import", "--live", "--role", "OrganizationAccountAccessRole", "-o", "found", "--as-of", "2026-11-24", *args, status=status)

    # ---- somebody else's network ----
    def network(self, account, cidr, name, region=REGION, zones="ab"):
        ec2 = self.client("ec2", account, region)
        vpc = ec2.create_vpc(CidrBlock=cidr, TagSpecifications=named("vpc", name))["Vpc"]["VpcId"]
        start = cidr.rsplit(".", 1)[0]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"{start}.{64 * n}/26", AvailabilityZone=f"{region}{z}",
                                     TagSpecifications=named("subnet", f"{name} {z}"))["Subnet"]["SubnetId"] for n, z in enumerate(zones)]  # fmt: skip
        self.wait()
        return vpc, subnets

    def attach(self, hub, tables, account, vpc, subnets, table, to):
        made = self.client("ec2", account).create_transit_gateway_vpc_attachment(TransitGatewayId=hub, VpcId=vpc, SubnetIds=subnets)
        self.wait()
        self.join(tables, made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"], table, to)

    def join(self, tables, attachment, table, to):
        ec2 = self.client("ec2")
        ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=tables[table], TransitGatewayAttachmentId=attachment)
        for other in to:
            ec2.enable_transit_gateway_route_table_propagation(TransitGatewayRouteTableId=tables[other], TransitGatewayAttachmentId=attachment)
        self.wait()

    def lines(self, hub, tables):
        """A VPN and a Direct Connect line."""
        ec2, dx = self.client("ec2"), self.client("directconnect")
        gateway = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="198.51.100.7", BgpAsn=65010)["CustomerGateway"]["CustomerGatewayId"]
        vpn = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=gateway, TransitGatewayId=hub,
                                        TagSpecifications=named("vpn-connection", "Backup VPN"))["VpnConnection"]["VpnConnectionId"]  # fmt: skip
        line = dx.create_direct_connect_gateway(directConnectGatewayName="DX gateway", amazonSideAsn=64700)["directConnectGateway"]["directConnectGatewayId"]
        self.wait()
        dx.create_direct_connect_gateway_association(directConnectGatewayId=line, gatewayId=hub, addAllowedPrefixesToDirectConnectGateway=[{"cidr": "10.16.0.0/12"}])
        dx.create_transit_virtual_interface(connectionId="dxcon-fg1a2b3c", newTransitVirtualInterface={
            "virtualInterfaceName": "dublin", "vlan": 301, "asn": 65011, "mtu": 8500, "directConnectGatewayId": line})  # fmt: skip
        self.wait()
        for resource in (vpn, line):
            found = ec2.describe_transit_gateway_attachments(Filters=[{"Name": "resource-id", "Values": [resource]}])["TransitGatewayAttachments"][0]
            self.join(tables, found["TransitGatewayAttachmentId"], "lines", ["shared", "prod"])

    def controllers(self, subnets, vpc):
        """Two servers that answer for a forest."""
        ec2 = self.client("ec2", SHARED)
        image = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "platform", "Values": ["windows"]}])["Images"][0]["ImageId"]
        group = ec2.create_security_group(GroupName="dc", Description="controllers", VpcId=vpc)["GroupId"]
        for n, subnet in enumerate(subnets):
            ec2.run_instances(ImageId=image, InstanceType="m6i.xlarge", MinCount=1, MaxCount=1, SubnetId=subnet, PrivateIpAddress=f"10.17.0.{64 * n + 10}",
                              SecurityGroupIds=[group], TagSpecifications=named("instance", f"CORP-DC-{n + 1}"))  # fmt: skip
        self.wait()
        return [f"10.17.0.{64 * n + 10}" for n in range(len(subnets))]

    def directory(self, vpc, subnets, servers):
        ds = self.client("ds", SHARED)
        name = ds.create_microsoft_ad(Name="aws.example.com", ShortName="AWS", Password=PASSWORD, Edition="Standard",
                                      VpcSettings={"VpcId": vpc, "SubnetIds": subnets})["DirectoryId"]  # fmt: skip
        self.wait()
        ds.create_conditional_forwarder(DirectoryId=name, RemoteDomainName="corp.example.com", DnsIpAddrs=servers[:1] + ["10.1.0.10"])
        ds.create_trust(DirectoryId=name, RemoteDomainName="corp.example.com", TrustPassword="x", TrustDirection="Two-Way", TrustType="Forest")
        shared = ds.share_directory(DirectoryId=name, ShareTarget={"Id": WEB, "Type": "ACCOUNT"}, ShareMethod="HANDSHAKE")["SharedDirectoryId"]
        self.wait()
        self.client("ds", WEB).accept_shared_directory(SharedDirectoryId=shared)
        self.wait()
        return name

    def names(self, hub_vpc, hub_subnets, directory, servers, users):
        resolver = self.client("route53resolver")
        group = self.client("ec2").create_security_group(GroupName="dns", Description="dns", VpcId=hub_vpc)["GroupId"]
        endpoint = resolver.create_resolver_endpoint(CreatorRequestId="e1", Name="Outbound", SecurityGroupIds=[group], Direction="OUTBOUND",
                                                     IpAddresses=[{"SubnetId": s} for s in hub_subnets])["ResolverEndpoint"]["Id"]  # fmt: skip
        self.wait()
        addresses = self.client("ds", SHARED).describe_directories(DirectoryIds=[directory])["DirectoryDescriptions"][0]["DnsIpAddrs"]
        rules = [resolver.create_resolver_rule(CreatorRequestId=domain, RuleType="FORWARD", DomainName=domain, ResolverEndpointId=endpoint,
                                               TargetIps=[{"Ip": ip} for ip in targets])["ResolverRule"]
                 for domain, targets in (("corp.example.com", servers), ("aws.example.com", addresses))]  # fmt: skip
        self.client("ram").create_resource_share(name="rules", resourceArns=[r["Arn"] for r in rules], principals=[ORGANIZATION])
        self.wait()
        for rule in rules:
            for account, vpc in users:
                self.client("route53resolver", account).associate_resolver_rule(ResolverRuleId=rule["Id"], VPCId=vpc)
        zones = self.client("route53")
        zones.create_hosted_zone(Name="internal.example.com", CallerReference="1", VPC={"VPCRegion": REGION, "VPCId": hub_vpc})
        zones.create_hosted_zone(Name="public.example.com", CallerReference="2")
        self.wait()

    def access(self):
        sso = self.client("sso-admin", MANAGEMENT)
        found = sso.list_instances()["Instances"][0]
        arn, store = found["InstanceArn"], found["IdentityStoreId"]
        groups = {g["DisplayName"]: g["GroupId"] for g in self.client("identitystore", MANAGEMENT).list_groups(IdentityStoreId=store)["Groups"]}
        made = {}
        for name, session in (("Read Only", "PT4H"), ("Starter", "PT8H30M")):
            made[name] = sso.create_permission_set(InstanceArn=arn, Name=name.replace(" ", ""), SessionDuration=session)["PermissionSet"]["PermissionSetArn"]
        sso.attach_managed_policy_to_permission_set(InstanceArn=arn, PermissionSetArn=made["Read Only"],
                                                    ManagedPolicyArn="arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")  # fmt: skip
        sso.put_inline_policy_to_permission_set(InstanceArn=arn, PermissionSetArn=made["Starter"], InlinePolicy=json.dumps(INLINE))
        self.client("organizations", MANAGEMENT).register_delegated_administrator(AccountId=SHARED, ServicePrincipal="sso.amazonaws.com")
        for name, group, accounts in (("Read Only", "Auditors", [NETWORK, WEB]), ("Starter", "Admins", [WEB])):
            for account in accounts:
                sso.create_account_assignment(InstanceArn=arn, PermissionSetArn=made[name], PrincipalType="GROUP", TargetType="AWS_ACCOUNT",
                                              PrincipalId=groups[f"{group}@corp.example.com"], TargetId=account)  # fmt: skip
                self.wait()

    def everything(self):
        hub = self.hub()
        ec2 = self.client("ec2")
        tables = {name: ec2.create_transit_gateway_route_table(TransitGatewayId=hub, TagSpecifications=named("transit-gateway-route-table", name))
                  ["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"] for name in ("shared", "prod", "lines")}  # fmt: skip
        self.wait()
        dns, dns_subnets = self.network(NETWORK, "10.16.0.0/24", "DNS (endpoints)")
        home, home_subnets = self.network(SHARED, "10.17.0.0/24", "Directory")
        web, web_subnets = self.network(WEB, "10.32.0.0/24", HOSTILE)
        same, same_subnets = self.network(WEB, "10.33.0.0/24", "Directory")
        self.network(WEB, "10.64.0.0/24", "far", OTHER)
        for account, vpc, subnets, table, to in ((NETWORK, dns, dns_subnets, "shared", ["shared", "prod", "lines"]),
                                                 (SHARED, home, home_subnets, "shared", ["shared", "prod", "lines"]),
                                                 (WEB, web, web_subnets, "prod", ["shared", "lines"]),
                                                 (WEB, same, same_subnets, "prod", ["shared"])):  # fmt: skip
            self.attach(hub, tables, account, vpc, subnets, table, to)
        self.lines(hub, tables)
        servers = self.controllers(home_subnets, home)
        directory = self.directory(home, home_subnets, servers)
        self.names(dns, dns_subnets, directory, servers, [(NETWORK, dns), (SHARED, home), (WEB, web)])
        self.client("ec2", WEB).modify_vpc_attribute(VpcId=web, EnableDnsHostnames={"Value": True})
        self.client("ec2", WEB).create_vpc_endpoint(VpcId=web, ServiceName=f"com.amazonaws.{REGION}.ssm", VpcEndpointType="Interface", SubnetIds=web_subnets)
        self.access()
        self.wait()

    # ---- what is held ----
    def spec(self):
        return {path.name: path.read_text() for path in sorted((self.top / "found").glob("?*.had"))}

    def golden(self):
        """Ids of the stand-in follow from its seed and the calls."""
        for name, text in self.spec().items():
            if os.environ.get("HAD_BLESS"):
                GOLDEN.mkdir(exist_ok=True)
                (GOLDEN / name).write_text(text)
            self.assertEqual((GOLDEN / name).read_text(), text, name)

    def complete(self):
        """Every id that AWS gave to something of the kinds that are read stands in the spec, in the map or among what was left."""
        told = json.loads((self.top / "found/import.json").read_text())
        text = "\n".join(self.spec().values()) + json.dumps(told)
        kinds = {"vpc", "subnet", "security-group", "transit-gateway", "transit-gateway-route-table", "nat-gateway", "vpc-endpoint", "instance",
                 "customer-gateway", "vpn-connection", "internet-gateway", "ds.directory", "route53resolver.endpoint", "route53resolver.rule"}  # fmt: skip
        seen = 0
        for row in self.control("GET", "objects"):
            kind = row["kind"].removeprefix("ec2.")
            if kind not in kinds or row["id"] in text:
                seen += kind in kinds
                continue
            self.assertIn("d-", row["id"], row)  # a directory that another account shares: it is its owner's
        self.assertGreater(seen, 20)

    def test_somebody_elses_network(self):
        self.everything()
        calls = len(self.stand_in.calls)
        out, _ = self.live("--region", REGION, "--region", OTHER)
        changing = [c["operation"] for c in list(self.stand_in.calls)[calls:] if not re.match("Describe|List|Get|Search|AssumeRole", c["operation"])]
        self.assertEqual(changing, [])  # AWS is only read
        self.assertNotIn("still do", out)
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out + "".join(self.spec().values())))
        self.had("check", "-q", "found")
        self.had("fmt", "--check", "found")
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode", "found")[0])
        self.golden()
        self.complete()
        # names of others stay names: a waiver or a file that nobody wrote is in no tree
        self.assertEqual(re.findall(r"^ *waive \S+", "".join(self.spec().values()), re.M), ["waive SHARE002"])
        # the map does the same for another state
        shutil.rmtree(self.top / "found/.had")
        self.had("import", "--map", "found/import.json", "found")
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode", "found")[0])
        # and nothing is written over a spec
        self.assertIn("has a spec already", self.live(status=2)[1])

    def test_what_cannot_be_read_is_told(self):
        self.network(WEB, "10.32.0.0/24", "web")
        told = json.loads(self.had("import", "--live", "--role", "nobody", "-o", "found", "--format", "json", status=1)[0])
        self.assertEqual({row["account"] for row in told["unread"]}, {MANAGEMENT, NETWORK, SHARED, WEB})
        self.assertIn("no account could be read", self.had("import", "--live", "-o", "other", "--account", "999999999999", status=2)[1])


if __name__ == "__main__":
    main()
